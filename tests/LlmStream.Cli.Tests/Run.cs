namespace LlmStream.Cli.Tests;

/// <summary>A run of the tool in this process: its exit code and its output.</summary>
internal sealed record Run(int ExitCode, string Output, string Error)
{
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public static Task<Run> Of(params string[] args) => Of(CliEnvironment.Current, args);

    public static async Task<Run> Of(CliEnvironment environment, params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int exitCode = await CommandLineApp.RunAsync(args, output, error, environment, CancellationToken.None);
        return new Run(exitCode, output.ToString(), error.ToString());
    }
}
