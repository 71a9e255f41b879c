namespace LlmStream.Cli.Tests;

public class CommandWithExamplesTests
{
    [Theory]
    [InlineData("chat", "llmstream chat \"Why is the sky blue?\" --provider deepseek")]
    [InlineData("inspect", "llmstream inspect answer.sse")]
    [InlineData("serve", "llmstream serve --port 8080 --rate 20")]
    [InlineData("completion", "eval \"$(llmstream completion bash)\"")]
    public async Task Help_of_a_command_ends_with_examples_and_exit_codes(string command, string example)
    {
        Run run = await Run.Of(command, "--help");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string footer = run.Output[run.Output.IndexOf("Examples:", StringComparison.Ordinal)..];
        Assert.Contains(example, footer, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", footer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("inspect")]
    [InlineData("serve")]
    public async Task Help_of_a_command_lists_the_dialects(string command) =>
        Assert.Contains(string.Join(", ", ChatDialect.All), (await Run.Of(command, "--help")).Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("demo")]
    [InlineData("chat")]
    [InlineData("inspect")]
    [InlineData("serve")]
    [InlineData("web")]
    [InlineData("completion")]
    public async Task Help_of_a_command_does_not_list_arguments_that_it_does_not_take(string command) =>
        Assert.DoesNotContain("Additional Arguments", (await Run.Of(command, "--help")).Output, StringComparison.OrdinalIgnoreCase);
}
