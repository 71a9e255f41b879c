namespace LlmStream.Cli.Tests;

public class CommandLineAppTests
{
    [Theory]
    [InlineData("llmstream inspect: Required argument 'FILE' missing for command: 'inspect'. See 'llmstream inspect --help'.", "inspect")]
    [InlineData("llmstream inspect: there is no dialect 'klingon', only openai, dashscope, hunyuan, anthropic, responses, gemini, ollama, cohere. See 'llmstream inspect --help'.", "inspect", "x.sse", "--dialect", "klingon")]
    [InlineData("llmstream inspect: there is no text mode 'Sideways', only auto, incremental, cumulative. See 'llmstream inspect --help'.", "inspect", "x.sse", "--text-mode", "Sideways")]
    [InlineData("llmstream inspect: there is no option '--jsn'. See 'llmstream inspect --help'.", "inspect", "--jsn", "x.sse")]
    [InlineData("llmstream inspect: there is no option '-v'. See 'llmstream inspect --help'.", "inspect", "x.sse", "-v", "--", "y.sse")]
    [InlineData("llmstream inspect: Required argument missing for option: '--dialect'. See 'llmstream inspect --help'.", "inspect", "x.sse", "--dialect")]
    [InlineData("llmstream: there is no option '--verbose'. See 'llmstream --help'.", "--verbose")]
    [InlineData("llmstream: Unrecognized command or argument 'inspekt'. See 'llmstream --help'.", "inspekt")]
    public async Task Wrong_arguments_are_told_on_one_line(string complaint, params string[] args)
    {
        Run run = await Run.Of(args);

        Assert.Equal(complaint, Assert.Single(run.ErrorLines));
        Assert.Equal(2, run.ExitCode);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Behind_two_dashes_a_word_with_a_dash_is_a_file()
    {
        Run run = await Run.Of("inspect", "--", "--no-such-file");

        Assert.Equal("--no-such-file: there is no such file", Assert.Single(run.ErrorLines));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public async Task Help_lists_the_commands(params string[] args)
    {
        Run run = await Run.Of(args);

        Assert.Equal(0, run.ExitCode);
        Assert.All(["demo", "chat <PROMPT>", "inspect <FILE>", "serve"], command => Assert.Contains("\n  " + command, run.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("Examples:", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Help_of_a_command_has_examples_and_exit_codes()
    {
        Run run = await Run.Of("inspect", "--help");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("llmstream inspect answer.sse", run.Output, StringComparison.Ordinal);
        Assert.Contains(string.Join('|', ChatDialect.All), run.Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_ends_with_130()
    {
        using Recording recording = Recording.Events(Recording.Text("\"Hi\""));
        using var output = new StringWriter();
        using var error = new StringWriter();

        int exitCode = await CommandLineApp.RunAsync(["inspect", recording.Path], output, error, new CancellationToken(canceled: true));

        Assert.Equal(130, exitCode);
        Assert.Empty(error.ToString());
    }
}
