namespace LlmStream.Cli.Tests;

public class CommandLineAppTests
{
    public static TheoryData<string, string[]> InvalidArguments => new()
    {
        { "inspect: Required argument 'FILE' missing for command: 'inspect'", ["inspect"] },
        {
            "inspect: unknown dialect 'klingon'; expected one of "
                + string.Join(", ", ChatDialect.All.Except([ChatDialect.Tokens]).Select(dialect => dialect.Name)),
            ["inspect", "x.sse", "--dialect", "klingon"]
        },
        {
            "inspect: unknown text mode 'Sideways'; expected one of auto, incremental, cumulative",
            ["inspect", "x.sse", "--text-mode", "Sideways"]
        },
        { "inspect: unrecognized option '--jsn'", ["inspect", "--jsn", "x.sse"] },
        { "inspect: unrecognized option '-v'", ["inspect", "x.sse", "-v", "--", "y.sse"] },
        { "inspect: Required argument missing for option: '--dialect'", ["inspect", "x.sse", "--dialect"] },
        {
            "inspect: Option '--dialect' expects a single argument but 2 were provided",
            ["inspect", "x", "--dialect", "a", "--dialect", "b"]
        },
        { "unrecognized option '--verbose'", ["--verbose"] },
        { "Unrecognized command or argument 'inspekt'", ["inspekt"] },
    };

    [Theory]
    [MemberData(nameof(InvalidArguments))]
    public async Task Invalid_arguments_are_reported_on_one_line(string message, string[] args)
    {
        Run run = await Run.Of(args);

        string command = message.StartsWith("inspect: ", StringComparison.Ordinal) ? "llmstream inspect" : "llmstream";
        string separator = command == "llmstream" ? ": " : " ";
        Assert.Equal($"llmstream{separator}{message}. See '{command} --help'.", Assert.Single(run.ErrorLines));
        Assert.Equal(ExitCodes.UsageError, run.ExitCode);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task After_two_dashes_a_token_with_a_dash_is_a_file()
    {
        Run run = await Run.Of("inspect", "--", "--no-such-file");

        Assert.StartsWith("--no-such-file: ", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public async Task Help_lists_the_commands(params string[] args)
    {
        Run run = await Run.Of(args);

        Assert.Equal(0, run.ExitCode);
        string[] commands = ["demo", "chat <PROMPT>", "inspect <FILE>", "serve"];
        Assert.All(commands, command => Assert.Contains("\n  " + command, run.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("Examples:", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Cancellation_exits_with_130()
    {
        using Recording recording = Recording.Events(Recording.Text("\"Hi\""));
        using var output = new StringWriter();
        using var error = new StringWriter();

        int exitCode = await CommandLineApp.RunAsync(["inspect", recording.Path], output, error, new CancellationToken(canceled: true));

        Assert.Equal(130, exitCode);
        Assert.Empty(error.ToString());
    }
}
