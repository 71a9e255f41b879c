using System.CommandLine;
using LlmStream.Cli.Chat;
using LlmStream.Testing;

namespace LlmStream.Cli.Tests.Chat;

public class ChatCommandTests
{
    private const string Answer = "The sky is blue 🌤️, and blue is 蓝色.\r\n\u001B[31mIt scatters.";

    // No variable of the machine that the tests run on.
    private static readonly CliEnvironment Bare = new() { Variable = _ => null, IsInputRedirected = () => false };

    [Fact]
    public async Task Under_a_pipe_standard_output_is_exactly_the_text()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).WithReasoning("Let me\u001B[2J think."));

        Run run = await Ask(server);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal(Answer, run.Output);
        Assert.Equal("Let me␛[2J think.", run.ErrorLines[0]);
        Assert.Matches(@"^first token after \d+\.\d\d s · [\d.,]+ tokens/s · \d+ tokens? in, \d+ out · complete \(stop\)$", run.ErrorLines[1]);
        Assert.Equal(2, run.ErrorLines.Length);
    }

    [Fact]
    public async Task On_a_terminal_everything_is_in_one_place_and_no_control_gets_through()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(
            Script.Answer(Answer).WithReasoning("Let me think.").ResetAtEvent(8).ThenWithoutFaults());

        Run run = await Ask(Bare with { IsTerminal = _ => true }, server);

        Assert.Equal(0, run.ExitCode);
        Assert.Empty(run.Error);
        Assert.Matches(@"^Let me think\.\n\nThe sky is⟨connection lost; going on⟩ blue 🌤️, and blue is 蓝色\.\n␛\[31mIt scatters\.\nfirst token .* · 2 attempts · complete \(stop\)\n$", run.Output);
    }

    [Fact]
    public async Task Reasoning_is_dimmed_where_there_are_colours()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer("Blue.").WithReasoning("Hm."));

        Run run = await Ask(Bare with { IsTerminal = _ => true, ShowsColours = _ => true }, server);

        Assert.StartsWith("\u001B[2mHm\u001B[0m\u001B[2m.\u001B[0m\n\nBlue.\n\u001B[2mfirst token", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_taken_up_again_and_the_seam_is_told()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).ResetAtEvent(4).ThenWithoutFaults());

        Run run = await Ask(server);

        Assert.Equal((0, Answer), (run.ExitCode, run.Output));
        Assert.Equal("⟨connection lost; going on⟩", run.ErrorLines[0]);
        Assert.Contains("· at least ", run.ErrorLines[1], StringComparison.Ordinal);
        Assert.Contains("· 2 attempts · complete", run.ErrorLines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_resume_what_came_is_printed_and_the_exit_code_is_1()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).CutAtEvent(4).ThenWithoutFaults());

        Run run = await Ask(server, "--no-resume");

        Assert.Equal((1, "The sky is"), (run.ExitCode, run.Output));
        Assert.EndsWith("· tokens not reported · broken off after 10 characters", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.StartsWith("llmstream chat: Truncated: ", run.ErrorLines[1], StringComparison.Ordinal);
        Assert.EndsWith("(not taken up again: TurnedOff)", run.ErrorLines[1], StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_refused_request_is_one_line_with_the_providers_code_and_words()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(
            Script.Status(401, """{"error":{"message":"No such\nkey.","code":"invalid_api_key"}}"""));

        Run run = await Ask(server);

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        string line = Assert.Single(run.ErrorLines);
        Assert.StartsWith("llmstream chat: Unauthorized: The provider responded with HTTP 401", line, StringComparison.Ordinal);
        Assert.All(["No such", "code invalid_api_key", "No key was sent: --key-env"], words => Assert.Contains(words, line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_error_in_the_middle_keeps_what_came()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(
            Script.Raw("""data: {"choices":[{"index":0,"delta":{"content":"The sky"}}]}""" + "\n\n" + """data: {"error":{"message":"Too long.","code":"context_length_exceeded"}}""" + "\n\n"));

        Run run = await Ask(server);

        Assert.Equal((1, "The sky"), (run.ExitCode, run.Output));
        Assert.Equal("llmstream chat: ProviderError: The provider reported an error (context_length_exceeded): Too long.", run.ErrorLines[^1]);
    }

    [Theory]
    [InlineData("llmstream chat: there is no provider 'klingon', only openai, deepseek, ", "--provider", "klingon")]
    [InlineData("llmstream chat: say whom to ask: --provider with one of openai, deepseek, ")]
    [InlineData("llmstream chat: the provider 'azure' needs the address of your resource: --base-url ", "--provider", "azure")]
    [InlineData("llmstream chat: there is no key for the provider 'deepseek': the environment variable DEEPSEEK_API_KEY is not set ", "--provider", "deepseek")]
    [InlineData("llmstream chat: there is no key for the provider 'openai': the environment variable MY_KEY is not set. ", "--provider", "openai", "--key-env", "MY_KEY")]
    [InlineData("llmstream chat: there is no key for the provider 'compatible': the environment variable MY_KEY is not set. ", "--base-url", "https://llm.example/v1", "--model", "m", "--key-env", "MY_KEY")]
    [InlineData("llmstream chat: The key holds characters that no key has, ", "--provider", "openai", "--key-env", "BAD_KEY")]
    [InlineData("llmstream chat: 'nowhere' is no address of http or https, ", "--base-url", "nowhere", "--model", "m")]
    [InlineData("llmstream chat: 'ftp://x/' is no address of http or https, ", "--provider", "openai", "--base-url", "ftp://x/")]
    [InlineData("llmstream chat: no model is known for the provider 'compatible': name one with --model. ", "--base-url", "http://127.0.0.1:9/v1")]
    [InlineData("llmstream chat: no model is known for the provider 'vllm': name one with --model. ", "--provider", "vllm")]
    [InlineData("llmstream chat: there is no option '--modell'. ", "--provider", "openai", "--modell", "m")]
    public async Task Wrong_arguments_are_told_on_one_line(string complaint, params string[] args)
    {
        Run run = await Run.Of(Bare with { Variable = name => name == "BAD_KEY" ? "two words" : null }, ["chat", "Why?", .. args]);

        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.StartsWith(complaint, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.EndsWith("See 'llmstream chat --help'.", run.ErrorLines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_is_that_of_the_variable_and_is_not_shown()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Status(403, """{"error":{"message":"sk-secret-42 may not."}}"""));

        Run run = await Ask(Bare with { Variable = name => name == "MY_KEY" ? "sk-secret-42" : null }, server, "--key-env", "MY_KEY");

        Assert.Equal("Bearer sk-secret-42", Assert.Single(server.Requests).Headers["Authorization"]);
        Assert.DoesNotContain("sk-secret-42", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_elsewhere_is_asked_there_for_the_rest_too()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).NeedingFlag("prefix").ResetAtEvent(4).ThenWithoutFaults());

        Run run = await Ask(server, "--provider", "deepseek", "--system", "Be brief.");

        Assert.Equal((0, Answer), (run.ExitCode, run.Output));
        Assert.All(server.Requests, request => Assert.Equal("Be brief.", (string?)request.Json!["messages"]![0]!["content"]));
    }

    [Theory]
    [InlineData("-")]
    [InlineData]
    public async Task The_prompt_may_come_from_standard_input(params string[] prompt)
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer("Because."));
        CliEnvironment piped = Bare with { IsInputRedirected = () => true, OpenInput = () => new StringReader("Why?\nTell me.\n") };

        Run run = await Run.Of(piped, ["chat", .. prompt, "--base-url", server.BaseAddress.AbsoluteUri, "--model", "m"]);

        Assert.Equal("Because.", run.Output);
        Assert.Equal("Why?\nTell me.", (string?)server.Requests[0].Json!["messages"]![0]!["content"]);
    }

    [Fact]
    public async Task Without_a_prompt_there_is_nothing_to_ask()
    {
        Assert.StartsWith("llmstream chat: there is no prompt.", Assert.Single((await Run.Of(Bare, "chat", "--provider", "openai")).ErrorLines), StringComparison.Ordinal);
        Assert.StartsWith("llmstream chat: the prompt is empty.", Assert.Single((await Run.Of(Bare, "chat", " ", "--provider", "openai")).ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_may_begin_with_an_at_sign()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer("Yes."));

        Assert.Equal("Yes.", (await Run.Of(Bare, "chat", "@all: is it blue?", "--base-url", server.BaseAddress.AbsoluteUri, "--model", "m")).Output);
    }

    [Fact]
    public async Task Ctrl_C_stops_at_once_and_keeps_what_came()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).StallAtEvent(4));
        using var interrupt = new CancellationTokenSource();
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var watched = new WatchedWriter(output, text =>
        {
            if (text == "The sky is") interrupt.Cancel();
        });

        int exitCode = await CommandLineApp.RunAsync(
            ["chat", "Why?", "--base-url", server.BaseAddress.AbsoluteUri, "--model", "m"], watched, error, Bare, interrupt.Token);

        Assert.Equal((130, "The sky is"), (exitCode, output.ToString()));
        Assert.EndsWith("stopped after 10 characters\n", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ReplyEnd.ClientLeft, await server.Requests[0].Finished);
    }

    [Fact]
    public async Task Text_that_is_taken_back_cannot_be_taken_out_of_a_pipe()
    {
        string Chunk(string text, string finish) => $$$"""data: {"output":{"choices":[{"message":{"content":"{{{text}}}","role":"assistant"},"finish_reason":"{{{finish}}}"}]}}""" + "\n\n";
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(
            Script.Raw(Chunk("The sky is", "null") + Chunk("The sky is green", "null") + Chunk("The sky is blue, I think", "null") + Chunk("The sky is blue, I think", "stop")),
            new() { Dialect = ChatDialect.DashScope });

        Run run = await Ask(server, "--provider", "dashscope");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("took back", run.ErrorLines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_that_takes_no_more_is_told_on_one_line()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer));
        using var inner = new StringWriter();
        using var error = new StringWriter();
        using var full = new WatchedWriter(inner, text =>
        {
            if (text.Length > 0) throw new IOException("No space left.");
        });

        int exitCode = await ChatCommand.Create(Bare).Parse(["Why?", "--base-url", server.BaseAddress.AbsoluteUri, "--model", "m"])
            .InvokeAsync(new InvocationConfiguration { Output = full, Error = error });

        Assert.Equal(1, exitCode);
        Assert.Equal("llmstream chat: the answer cannot be written: No space left." + Environment.NewLine, error.ToString());
    }

    private static Task<Run> Ask(ScriptedLlmServer server, params string[] args) => Ask(Bare, server, args);

    private static Task<Run> Ask(CliEnvironment surroundings, ScriptedLlmServer server, params string[] args) =>
        Run.Of(surroundings, ["chat", "Why is the sky blue?", "--base-url", server.BaseAddress.AbsoluteUri, "--model", "m", .. args]);

    /// <summary>Tells what has been written so far, whenever it is flushed.</summary>
    private sealed class WatchedWriter(StringWriter inner, Action<string> flushed) : TextWriter
    {
        public override System.Text.Encoding Encoding => inner.Encoding;

        public override void Write(char value) => inner.Write(value);

        public override void Flush() => flushed(inner.ToString());
    }
}
