using System.Diagnostics;

namespace LlmStream.Docs.Tests;

/// <summary>Compiles a program and runs it in a process, with the packages that this project refers to.</summary>
internal sealed class DocumentationProgram : IDisposable
{
    private readonly string _file;

    /// <summary>Compiles a program.</summary>
    /// <param name="name">A name that no other program has.</param>
    /// <param name="code">The code, with top-level statements. Directives of file-based programs (<c>#:</c>) are ignored.</param>
    public DocumentationProgram(string name, string code)
    {
        _file = Path.Combine(AppContext.BaseDirectory, $"LlmStream.Docs.{name}.dll");
        string[] lines = code.ReplaceLineEndings("\n").Split('\n');
        ReadmeTests.Emit(string.Join('\n', lines.Select(line => line.StartsWith("#:", StringComparison.Ordinal) ? "" : line)), _file);
    }

    public void Dispose() => File.Delete(_file);

    /// <summary>Starts the program. All of its streams are redirected.</summary>
    public Process Start(params string[] arguments)
    {
        string name = Path.Combine(AppContext.BaseDirectory, typeof(DocumentationProgram).Assembly.GetName().Name!);
        bool isHosted = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet";
        var start = new ProcessStartInfo(isHosted ? Environment.ProcessPath! : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (string[])["exec", "--runtimeconfig", name + ".runtimeconfig.json", "--depsfile", name + ".deps.json", _file, .. arguments])
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }

    /// <summary>Runs the program to its end.</summary>
    /// <param name="input">Its standard input.</param>
    /// <returns>What it wrote to standard output.</returns>
    public async Task<string> RunAsync(string input, CancellationToken cancellationToken)
    {
        using Process process = Start();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}: {output}{await error}");
        return output.ReplaceLineEndings("\n");
    }
}
