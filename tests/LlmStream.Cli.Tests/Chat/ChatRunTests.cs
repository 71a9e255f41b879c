using LlmStream.Testing;

namespace LlmStream.Cli.Tests.Chat;

public class ChatRunTests
{
    private const string Answer = "The sky is blue 🌤️, and blue is 蓝色.\r\n\u001B[31mIt scatters.";
    private const string Seam = "⟨connection lost; resumed⟩";

    private static readonly CliEnvironment Piped = new() { GetVariable = _ => null, IsInputRedirected = () => false };
    private static readonly CliEnvironment OnTerminal = Piped with { IsTerminal = _ => true };

    [Fact]
    public async Task When_piped_standard_output_is_exactly_the_text()
    {
        Script script = Script.Answer(Answer).WithReasoning("Let me\u001B[2J think.");
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(script);

        Run run = await RunAsync(Piped, server);

        Assert.Equal((0, Answer), (run.ExitCode, run.Output));
        Assert.Equal("Let me␛[2J think.", run.ErrorLines[0]);
        const string Summary = @"^first token after \d+\.\d\d s · [\d.,]+ tokens/s · \d+ tokens? in, \d+ out · complete \(stop\)$";
        Assert.Matches(Summary, run.ErrorLines[1]);
        Assert.Equal(2, run.ErrorLines.Length);
    }

    [Fact]
    public async Task On_a_terminal_everything_is_on_standard_output_and_escaped()
    {
        Script script = Script.Answer(Answer).WithReasoning("Let me think.").ResetAtEvent(8).ThenWithoutFaults();
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(script);

        Run run = await RunAsync(OnTerminal, server);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string text = $"Let me think.\n\nThe sky is{Seam} blue 🌤️, and blue is 蓝色.\n␛[31mIt scatters.\nfirst token after ";
        Assert.StartsWith(text, run.Output, StringComparison.Ordinal);
        Assert.EndsWith(" · 2 attempts · complete (stop)\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reasoning_is_dimmed_if_the_terminal_supports_color()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer("Blue.").WithReasoning("Hm."));

        Run run = await RunAsync(OnTerminal with { SupportsColor = _ => true }, server);

        const string Text = "\u001B[2mHm\u001B[0m\u001B[2m.\u001B[0m\n\nBlue.\n\u001B[2mfirst token";
        Assert.StartsWith(Text, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_answer_is_resumed_and_the_seam_is_reported()
    {
        Script script = Script.Answer(Answer).ResetAtEvent(4).ThenWithoutFaults();
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(script);

        Run run = await RunAsync(Piped, server);

        Assert.Equal((0, Answer), (run.ExitCode, run.Output));
        Assert.Equal(Seam, run.ErrorLines[0]);
        Assert.Contains("· ~", run.ErrorLines[1], StringComparison.Ordinal);
        Assert.Contains("· 2 attempts · complete", run.ErrorLines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_resume_the_partial_answer_is_printed_and_the_exit_code_is_1()
    {
        Script script = Script.Answer(Answer).CutAtEvent(4).ThenWithoutFaults();
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(script);

        Run run = await RunAsync(Piped, server, "--no-resume");

        Assert.Equal((1, "The sky is"), (run.ExitCode, run.Output));
        Assert.EndsWith(" tokens in, ~3 out · failed after 10 characters", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.StartsWith("llmstream chat: Truncated: ", run.ErrorLines[1], StringComparison.Ordinal);
        Assert.EndsWith("(not resumed: TurnedOff)", run.ErrorLines[1], StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Refused_request_is_reported_on_one_line_with_the_providers_error()
    {
        Script script = Script.Status(401, """{"error":{"message":"No such\nkey.","code":"invalid_api_key"}}""");
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(script);

        Run run = await RunAsync(Piped, server);

        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        string line = Assert.Single(run.ErrorLines);
        Assert.StartsWith("llmstream chat: Unauthorized: ", line, StringComparison.Ordinal);
        string[] details = ["401", "No such", "invalid_api_key", "No API key was sent; use --key-env"];
        Assert.All(details, detail => Assert.Contains(detail, line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Error_within_the_stream_keeps_the_partial_answer()
    {
        const string Body = """
            data: {"choices":[{"index":0,"delta":{"content":"The sky"}}]}

            data: {"error":{"message":"Too long.","code":"context_length_exceeded"}}


            """;
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Raw(Body.ReplaceLineEndings("\n")));

        Run run = await RunAsync(Piped, server);

        Assert.Equal((1, "The sky"), (run.ExitCode, run.Output));
        Assert.StartsWith("llmstream chat: ProviderError: ", run.ErrorLines[^1], StringComparison.Ordinal);
        string[] details = ["Too long.", "context_length_exceeded"];
        Assert.All(details, detail => Assert.Contains(detail, run.ErrorLines[^1], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cancellation_stops_at_once_and_keeps_the_partial_answer()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer).StallAtEvent(4));
        using var cancellation = new CancellationTokenSource();
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var observed = new ObservedWriter(output, text =>
        {
            if (text == "The sky is") cancellation.Cancel();
        });

        string[] args = ["chat", "Why?", "--base-url", server.BaseAddress.AbsoluteUri, "--model", "m"];
        int exitCode = await CommandLineApp.RunAsync(args, observed, error, Piped, cancellation.Token);

        Assert.Equal((130, "The sky is"), (exitCode, output.ToString()));
        Assert.EndsWith("interrupted after 10 characters\n", error.ToString(), StringComparison.Ordinal);
        Assert.Equal(ReplyEnd.ClientLeft, await server.Requests[0].Finished);
    }

    [Fact]
    public async Task Text_withdrawn_after_it_was_piped_is_a_failure()
    {
        string body = Chunk("The sky is", "null")
            + Chunk("The sky is green", "null")
            + Chunk("The sky is blue, I think", "null")
            + Chunk("The sky is blue, I think", "stop");
        var options = new ScriptedLlmServerOptions { Dialect = ChatDialect.DashScope };
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Raw(body), options);

        Run run = await RunAsync(Piped, server, "--provider", "dashscope");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("withdrew", run.ErrorLines[^1], StringComparison.Ordinal);

        static string Chunk(string text, string finish)
        {
            string choice = $$$"""{"message":{"content":"{{{text}}}","role":"assistant"},"finish_reason":"{{{finish}}}"}""";
            return $$$"""data: {"output":{"choices":[{{{choice}}}]}}""" + "\n\n";
        }
    }

    [Fact]
    public async Task Output_that_cannot_be_written_is_reported_on_one_line()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(Answer));
        using var inner = new StringWriter();
        using var error = new StringWriter { NewLine = "\n" };
        bool isFull = false;
        using var full = new ObservedWriter(inner, text =>
        {
            if (text.Length == 0 || isFull) return;
            isFull = true;
            throw new IOException("No space left.");
        });

        string[] args = ["chat", "Why?", "--base-url", server.BaseAddress.AbsoluteUri, "--model", "m"];
        int exitCode = await CommandLineApp.RunAsync(args, full, error, Piped, CancellationToken.None);

        Assert.Equal((1, "llmstream chat: cannot write the answer: No space left.\n"), (exitCode, error.ToString()));
    }

    private static Task<Run> RunAsync(CliEnvironment environment, ScriptedLlmServer server, params string[] args) =>
        Run.Of(environment, ["chat", "Why is the sky blue?", "--base-url", server.BaseAddress.AbsoluteUri, "--model", "m", .. args]);

    /// <summary>Calls a function with the text so far at each flush.</summary>
    private sealed class ObservedWriter(StringWriter inner, Action<string> flushed) : TextWriter
    {
        public override System.Text.Encoding Encoding => inner.Encoding;

        public override void Write(char value) => inner.Write(value);

        public override void Flush() => flushed(inner.ToString());
    }
}
