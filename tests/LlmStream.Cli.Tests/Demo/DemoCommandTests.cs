using LlmStream.Cli.Demo;

namespace LlmStream.Cli.Tests.Demo;

public class DemoCommandTests
{
    [Theory]
    [InlineData("demo")]
    [InlineData("demo", "--fast")]
    [InlineData]
    public async Task Under_a_pipe_it_is_plain_text_and_not_a_character_is_missing(params string[] args)
    {
        Run run = await Run.Of(args);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.DoesNotContain("\u001B", run.Output, StringComparison.Ordinal);
        Assert.Contains("\n⟨connection lost; going on⟩\n", run.Output, StringComparison.Ordinal);
        Assert.Contains(DemoText.Answer, run.Output.Replace("\n⟨connection lost; going on⟩\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("\n  ended     complete (stop)\n  attempts  2\n  seam      after 301 characters (“…rom molecule| to molecule…”): Connection\n  tokens    at least ", run.Output, StringComparison.Ordinal);
        Assert.Contains("\n  check     the text received equals the scripted text: all 522 characters\n", run.Output, StringComparison.Ordinal);
        Assert.Equal(args.Length == 0, run.Output.Contains("llmstream --help", StringComparison.Ordinal));
    }

    [Fact]
    public async Task On_a_terminal_the_seam_is_in_the_sentence_and_the_colour_changes()
    {
        Run run = await Run.Of(new CliEnvironment { IsTerminal = _ => true, ShowsColours = _ => true }, "demo", "--fast");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(" molecule\u001B[2m⟨connection lost; going on⟩\u001B[0m\u001B[32m to\u001B[0m", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_ends_with_130()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();

        Assert.Equal(130, await CommandLineApp.RunAsync(["demo"], output, error, new CancellationToken(canceled: true)));
        Assert.Empty(error.ToString());
    }
}
