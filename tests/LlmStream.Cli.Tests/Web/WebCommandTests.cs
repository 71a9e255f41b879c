using System.Globalization;
using LlmStream.Testing;

namespace LlmStream.Cli.Tests.Web;

public class WebCommandTests
{
    private static readonly CliEnvironment Environment = new() { GetVariable = name => name == "BAD_KEY" ? "two words" : null };

    [Theory]
    [InlineData("unrecognized option '--bogus'. ", "--bogus")]
    [InlineData("Unrecognized command or argument 'words'. ", "words")]
    [InlineData("--port: 'abc' is not a number from 0 to 65535. ", "--port", "abc")]
    [InlineData("--rate: '0' is not a number of events per second, ", "--rate", "0")]
    [InlineData("--fault: The fault 'reset' has no position; ", "--fault", "reset")]
    [InlineData("only one of --script, --text and --text-file can be used. ", "--text", "a", "--text-file", "b")]
    [InlineData("--fault and --rate cannot be combined with --script; ", "--script", "a", "--rate", "1")]
    [InlineData("--script: Could not find ", "--script", "/no/such/file")]
    [InlineData("--model requires --provider or --base-url. ", "--model", "m")]
    [InlineData("--key-env requires --provider or --base-url. ", "--key-env", "MY_KEY")]
    [InlineData("--text is for scripted answers and cannot be combined with --provider or --base-url. ", "--provider", "x", "--text", "")]
    [InlineData("--rate is for scripted answers ", "--base-url", "http://127.0.0.1:9/v1", "--rate", "1")]
    [InlineData("--fault is for scripted answers ", "--provider", "deepseek", "--fault", "reset@1")]
    [InlineData("unknown provider 'klingon'; expected one of openai, deepseek, ", "--provider", "klingon")]
    [InlineData("no API key for provider 'deepseek': environment variable DEEPSEEK_API_KEY is not set ", "--provider", "deepseek")]
    [InlineData("provider 'compatible' has no default model; ", "--base-url", "http://127.0.0.1:9/v1")]
    [InlineData("The ", "--provider", "openai", "--key-env", "BAD_KEY")] // the client's own message
    [InlineData("--peer: 'localhost:8081' is not an origin, such as ", "--peer", "localhost:8081")]
    [InlineData("--peer: 'http://localhost:8081/chat' is not an origin, ", "--peer", "http://localhost:8081/chat")]
    [InlineData("--redis: 'localhost:port' is not HOST:PORT, such as localhost:6379. ", "--redis", "localhost:port")]
    [InlineData("--redis: 'redis://localhost' is not HOST:PORT, ", "--redis", "redis://localhost")]
    [InlineData("--redis: ':6379' is not HOST:PORT, ", "--redis", ":6379")]
    [InlineData("--redis: 'localhost:0' is not HOST:PORT, ", "--redis", "localhost:0")]
    [InlineData("--redis: '' is not HOST:PORT, ", "--redis", "")]
    [InlineData("--lease requires --redis. ", "--lease", "5")]
    [InlineData("--lease: '0' is not a number of seconds from 1 to 300. ", "--redis", "localhost", "--lease", "0")]
    public async Task Invalid_arguments_are_reported_on_one_line(string start, params string[] args)
    {
        Run run = await Run.Of(Environment, ["web", .. args]);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("llmstream web: " + start, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.EndsWith("See 'llmstream web --help'.", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.DoesNotContain("two words", run.ErrorLines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Port_in_use_is_reported_on_one_line()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer("Hi"));
        Run run = await Run.Of("web", "--port", server.BaseAddress.Port.ToString(CultureInfo.InvariantCulture));

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("llmstream web: Failed to bind", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_has_examples()
    {
        Run run = await Run.Of("web", "--help");

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("llmstream web --provider deepseek", run.Output, StringComparison.Ordinal);
    }
}
