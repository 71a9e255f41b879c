using LlmStream.Testing;

namespace LlmStream.Cli.Tests.Chat;

public class ChatCommandTests
{
    private const string Answer = "The sky is blue 🌤️, and blue is 蓝色.";

    // Independent of the environment variables of this machine.
    private static readonly CliEnvironment Environment = new() { GetVariable = _ => null, IsInputRedirected = () => false };

    [Theory]
    [InlineData("unknown provider 'klingon'; expected one of openai, deepseek, ", "--provider", "klingon")]
    [InlineData("no provider given; use --provider with one of openai, deepseek, ")]
    [InlineData("provider 'azure' requires --base-url ", "--provider", "azure")]
    [InlineData("no API key for provider 'deepseek': environment variable DEEPSEEK_API_KEY is not set (use ", "--provider", "deepseek")]
    [InlineData(
        "no API key for provider 'openai': environment variable MY_KEY is not set. ",
        "--provider", "openai", "--key-env", "MY_KEY")]
    [InlineData(
        "no API key for provider 'compatible': environment variable MY_KEY is not set. ",
        "--base-url", "https://llm.example/v1", "--model", "m", "--key-env", "MY_KEY")]
    [InlineData("--key-env requires the name of an environment variable. ", "--provider", "openai", "--key-env", " ")]
    [InlineData("The ", "--provider", "openai", "--key-env", "BAD_KEY")] // the client's own message
    [InlineData("'nowhere' is not an HTTP or HTTPS URL, ", "--base-url", "nowhere", "--model", "m")]
    [InlineData("'ftp://x/' is not an HTTP or HTTPS URL, ", "--provider", "openai", "--base-url", "ftp://x/")]
    [InlineData("provider 'compatible' has no default model; use --model to name one. ", "--base-url", "http://127.0.0.1:9/v1")]
    [InlineData("provider 'vllm' has no default model; use --model to name one. ", "--provider", "vllm")]
    [InlineData(
        "unknown fallback 'klingon'; expected a URL, or one of openai, ",
        "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--fallback", "klingon")]
    [InlineData(
        "no API key for fallback 'anthropic': environment variable ANTHROPIC_API_KEY is not set. ",
        "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--fallback", "anthropic")]
    [InlineData(
        "fallback 'vllm' has no default model; use vllm:MODEL to name one. ",
        "--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--fallback", "vllm")]
    [InlineData(
        "fallback 'http://127.0.0.1:8/v1' has no model; use URL#MODEL, or --model to name one. ",
        "--provider", "openai", "--base-url", "http://127.0.0.1:9/v1", "--fallback", "http://127.0.0.1:8/v1")]
    [InlineData("unrecognized option '--modell'. ", "--provider", "openai", "--modell", "m")]
    public async Task Invalid_arguments_are_reported_on_one_line(string start, params string[] args)
    {
        CliEnvironment environment = Environment with { GetVariable = name => name == "BAD_KEY" ? "two words" : null };
        Run run = await Run.Of(environment, ["chat", "Why?", .. args]);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("llmstream chat: " + start, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.EndsWith("See 'llmstream chat --help'.", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.DoesNotContain("two words", run.ErrorLines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_is_read_from_the_variable_and_never_shown()
    {
        Script script = Script.Status(403, """{"error":{"message":"sk-secret-42 is not allowed."}}""");
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(script);
        CliEnvironment environment = Environment with { GetVariable = name => name == "MY_KEY" ? "sk-secret-42" : null };

        string[] args = ["chat", "Why?", "--base-url", server.BaseAddress.AbsoluteUri, "--model", "m", "--key-env", "MY_KEY"];
        Run run = await Run.Of(environment, args);

        Assert.Equal("Bearer sk-secret-42", Assert.Single(server.Requests).Headers["Authorization"]);
        Assert.DoesNotContain("sk-secret-42", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_provider_continues_the_answer()
    {
        await using ScriptedLlmServer first = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).CutAtEvent(3).Then(Script.Status(401)));
        await using ScriptedLlmServer second = await ScriptedLlmServer.StartAsync(Script.Answer(Answer));
        string fallback = $"{second.BaseAddress.AbsoluteUri.TrimEnd('/')}#other";

        Run run = await Run.Of(
            Environment, "chat", "Why?", "--base-url", first.BaseAddress.AbsoluteUri, "--model", "m", "--fallback", fallback);

        Assert.Equal((0, Answer), (run.ExitCode, run.Output));
        Assert.Equal("other", (string?)Assert.Single(second.Requests).Json!["model"]);
        Assert.Contains($"⟨stream truncated; resumed by {second.BaseAddress.Authority}⟩", run.Error, StringComparison.Ordinal);
        Assert.Contains($"3 attempts (compatible, {second.BaseAddress.Authority})", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_says_why_there_is_no_fallback()
    {
        await using ScriptedLlmServer first = await ScriptedLlmServer.StartAsync(Script.Status(400));
        Run run = await Run.Of(
            Environment, "chat", "Why?", "--base-url", first.BaseAddress.AbsoluteUri, "--model", "m", "--fallback", "http://127.0.0.1:9/v1");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("no fallback: NotForThisError", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Base_url_of_a_provider_receives_continuations_too()
    {
        Script script = Script.Answer(Answer).RequiringFlag("prefix").ResetAtEvent(4).ThenWithoutFaults();
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(script);

        string[] args = ["chat", "Why?", "--provider", "deepseek", "--system", "Be brief.", "--base-url", server.BaseAddress.AbsoluteUri];
        Run run = await Run.Of(Environment, args);

        Assert.Equal((0, Answer), (run.ExitCode, run.Output));
        Assert.Equal(2, server.Requests.Count);
        Assert.All(server.Requests, request => Assert.Equal("Be brief.", (string?)request.Json!["messages"]![0]!["content"]));
    }

    [Theory]
    [InlineData("-")]
    [InlineData]
    public async Task Prompt_is_read_from_standard_input(params string[] prompt)
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer("Because."));
        CliEnvironment piped = Environment with { IsInputRedirected = () => true, OpenInput = () => new StringReader("Why?\nTell me.\n") };

        Run run = await Run.Of(piped, ["chat", .. prompt, "--base-url", server.BaseAddress.AbsoluteUri, "--model", "m"]);

        Assert.Equal("Because.", run.Output);
        Assert.Equal("Why?\nTell me.", (string?)server.Requests[0].Json!["messages"]![0]!["content"]);
    }

    [Theory]
    [InlineData("llmstream chat: no prompt given.")]
    [InlineData("llmstream chat: the prompt is empty.", " ")]
    public async Task Prompt_is_required(string start, params string[] prompt)
    {
        Run run = await Run.Of(Environment, ["chat", .. prompt, "--provider", "openai"]);

        Assert.StartsWith(start, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompt_may_start_with_an_at_sign()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer("Yes."));
        Run run = await Run.Of(Environment, "chat", "@all: is it blue?", "--base-url", server.BaseAddress.AbsoluteUri, "--model", "m");

        Assert.Equal("Yes.", run.Output);
    }
}
