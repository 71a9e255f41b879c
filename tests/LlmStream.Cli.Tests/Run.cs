namespace LlmStream.Cli.Tests;

/// <summary>One run of the tool, in this process: what it wrote, and its exit code.</summary>
internal sealed record Run(int ExitCode, string Output, string Error)
{
    public static Task<Run> Of(params string[] args) => Of(CliEnvironment.OfThisProcess, args);

    public static async Task<Run> Of(CliEnvironment surroundings, params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int exitCode = await CommandLineApp.RunAsync(args, output, error, surroundings, CancellationToken.None);
        return new Run(exitCode, output.ToString(), error.ToString());
    }

    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
