using System.Globalization;
using LlmStream.Testing;

namespace LlmStream.Cli.Tests.Serve;

public class ServeCommandTests
{
    [Theory]
    [InlineData("llmstream serve: unrecognized option '--bogus'. ", "--bogus")]
    [InlineData("llmstream serve: Unrecognized command or argument 'words'. ", "words")]
    [InlineData("llmstream serve: Required argument missing for option: '--port'. ", "--port")]
    [InlineData("llmstream serve: Required argument missing for option: '--fault'. ", "--fault")]
    [InlineData("llmstream serve: --port: 'abc' is not a number from 0 to 65535. ", "--port", "abc")]
    [InlineData("llmstream serve: --port: '65536' is not a number from 0 to 65535. ", "--port", "65536")]
    [InlineData("llmstream serve: Option '--port' expects a single argument but 2 were provided. ", "--port", "1", "--port", "2")]
    [InlineData("llmstream serve: --rate: '0' is not a number of events per second, ", "--rate", "0")]
    [InlineData("llmstream serve: unknown dialect 'klingon'; expected one of openai, ", "--dialect", "klingon")]
    [InlineData("llmstream serve: --fault: The fault 'reset' has no position; ", "--fault", "reset")]
    [InlineData("llmstream serve: --fault: The position '5/0' of the fault 'reset@5/0' is ", "--fault", "reset@5/0")]
    [InlineData("llmstream serve: only one of --script, --text and --text-file can be used. ", "--text", "a", "--text-file", "b")]
    [InlineData("llmstream serve: --text-file: Could not find ", "--text-file", "/no/such/file")]
    [InlineData("llmstream serve: --script: Could not find ", "--script", "/no/such/file")]
    public async Task Invalid_arguments_are_reported_on_one_line(string start, params string[] args)
    {
        Run run = await Run.Of(["serve", .. args]);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith(start, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.EndsWith("See 'llmstream serve --help'.", run.ErrorLines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_in_use_is_reported_on_one_line()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer("Hi"));
        Run run = await Run.Of("serve", "--port", server.BaseAddress.Port.ToString(CultureInfo.InvariantCulture));

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("llmstream serve: Failed to bind", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }
}
