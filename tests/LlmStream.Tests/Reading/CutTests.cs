namespace LlmStream.Tests.Reading;

/// <summary>Streams that end, or break, where they should not: at every byte.</summary>
public class CutTests
{
    /// <summary>Transcripts that an independent oracle understands; for each dialect and framing, and each way of growing.</summary>
    public static TheoryData<string> Understood { get; } =
    [
        "openai/plain-text.sse", "openai/usage-in-a-chunk-of-its-own.sse", "openai/azure-filter-chunks.sse",
        "openai/deepseek-reasoning-and-keep-alive.sse", "openai/mistral-thinking-parts.sse", "openai/tools-by-index.sse",
        "openai/perplexity-delta-and-message.sse", "openai/usage-on-every-chunk.sse", "openai/finish-without-done.sse", "openai/finish-empty-and-cut.sse",
        "openai/done-without-finish.sse", "openai/carriage-returns.sse", "openai/carriage-returns-and-line-feeds.sse",
        "openai/byte-order-mark.sse", "openai/last-line-end-missing.sse", "openai/emoji-and-scripts.sse",
        "openai/no-space-behind-the-colon.sse", "openai/chunks-one-a-line.ndjson",
        "dashscope/text-cumulative.sse", "dashscope/text-incremental.sse", "dashscope/message-incremental.sse",
        "dashscope/message-cumulative.sse", "dashscope/multimodal-parts.sse", "dashscope/reasoning.sse",
        "dashscope/tools-incremental.sse", "dashscope/keep-alive-comments.sse",
        "responses/text.sse", "responses/carriage-returns-and-line-feeds.sse", "responses/events-one-a-line.ndjson", "responses/openrouter-without-names.sse",
        "responses/reasoning-summary.sse", "responses/calls-interleaved.sse", "responses/incomplete-length.sse",
        "hunyuan/text.sse", "hunyuan/lkeap-reasoning.sse", "hunyuan/done-without-finish.sse", "hunyuan/chunks-one-a-line.ndjson",
        "gemini/text.sse", "gemini/line-feeds.sse", "gemini/thoughts.sse", "gemini/thought-behind-text.sse", "gemini/tools-without-id.sse", "gemini/stop-on-every-chunk.sse",
        "gemini/stop-and-then-a-call.sse", "gemini/chunks-one-a-line.ndjson", "gemini/safety.sse", "gemini/max-tokens-in-thoughts.sse",
        "anthropic/text.sse", "anthropic/text-with-carriage-returns.sse", "anthropic/thinking-and-signature.sse", "anthropic/tools-in-fragments.sse",
        "anthropic/citations.sse", "anthropic/several-message-deltas.sse", "anthropic/no-message-stop.sse", "anthropic/data-without-names.sse",
        "anthropic/events-one-a-line.ndjson",
        "ollama/chat.ndjson", "ollama/thinking.ndjson", "ollama/tools-over-several-lines.ndjson", "ollama/generate.ndjson", "ollama/over-sse.sse",
        "ollama/cut-without-done.ndjson", "ollama/done-without-reason.ndjson", "ollama/last-line-end-missing.ndjson",
        "cohere/text.sse", "cohere/thinking.sse", "cohere/tools.sse", "cohere/cut-without-end.sse", "cohere/without-marker.sse", "cohere/carriage-returns.sse",
        "cohere/events-one-a-line.ndjson", "cohere/v1-text.ndjson", "cohere/v1-over-sse.sse", "cohere/v1-tools-in-chunks.ndjson",
    ];

    public static TheoryData<string> All { get; } = [.. Transcript.Names];

    [Theory, MemberData(nameof(Understood))]
    public async Task A_stream_cut_at_any_byte_is_truncated_and_keeps_every_whole_event(string name)
    {
        Transcript transcript = Transcript.Load(name);
        EventOracle oracle = Oracle(transcript);
        for (int cut = 0; cut <= transcript.Bytes.Length; cut++)
        {
            Outcome outcome = await transcript.ReadAsync(new ScriptedStream(transcript.Bytes[..cut]));
            Compare(oracle, cut, outcome, ChatStreamError.Truncated);
            if (outcome.Exception is { } exception) Assert.True(exception.IsTransient);
        }
    }

    [Theory, MemberData(nameof(Understood))]
    public async Task A_connection_that_breaks_at_any_byte_keeps_every_whole_event(string name)
    {
        Transcript transcript = Transcript.Load(name);
        EventOracle oracle = Oracle(transcript);
        for (int cut = 0; cut <= transcript.Bytes.Length; cut++)
        {
            var cause = new IOException("The peer has gone.");
            Outcome outcome = await transcript.ReadAsync(new ScriptedStream(transcript.Bytes[..cut], failure: () => cause));
            if (outcome.Exception is { } exception)
            {
                Assert.Equal(ChatStreamError.Connection, exception.Error);
                Assert.True(exception.IsTransient);
                Assert.Same(cause, exception.InnerException);
            }

            // An event whose blank line has not come may be half of one: it need not count, but may.
            Assert.StartsWith(outcome.Result.Text, oracle.At(cut).Text, StringComparison.Ordinal);
            Assert.StartsWith(oracle.At(EndOfLastClosedEvent(transcript.Bytes, cut)).Text, outcome.Result.Text, StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(All))]
    public async Task Whatever_is_cut_ends_in_a_verdict_and_begins_as_the_whole_does(string name)
    {
        Transcript transcript = Transcript.Load(name);
        Outcome whole = await transcript.ReadAsync(new ScriptedStream(transcript.Bytes));
        List<string> deltas = [.. whole.Deltas.Select(Show.Delta)];
        for (int cut = 0; cut < transcript.Bytes.Length; cut++)
        {
            Outcome outcome = await transcript.ReadAsync(new ScriptedStream(transcript.Bytes[..cut]));
            Assert.Contains(outcome.Ending, new[] { whole.Ending, "Complete", nameof(ChatStreamError.Truncated) });
            // The last one may be what was held back: half a pair, a text whose mode is not settled, running counts.
            Assert.Equal(deltas.Take(outcome.Deltas.Count - 1), outcome.Deltas.SkipLast(1).Select(Show.Delta));
        }
    }

    [Theory, MemberData(nameof(Understood))]
    public async Task A_marker_ends_the_reading_though_the_connection_stays_open(string name)
    {
        Transcript transcript = Transcript.Load(name);
        int marker = transcript.Bytes.AsSpan().IndexOf("[DONE]"u8);
        if (marker < 0) return;

        Exception Fail() => throw new InvalidOperationException("It read on behind the marker.");
        Outcome outcome = await transcript.ReadAsync(new ScriptedStream(transcript.Bytes, failure: Fail));
        Assert.Equal("Complete", outcome.Ending);
    }

    private static EventOracle Oracle(Transcript transcript) =>
        EventOracle.Of(transcript.Bytes, transcript.Dialect, transcript.Name.Contains("cumulative", StringComparison.Ordinal));

    private static void Compare(EventOracle oracle, int cut, Outcome outcome, ChatStreamError error)
    {
        (string text, string reasoning, string arguments, bool isComplete) = oracle.At(cut);
        string expected = $"cut at {cut}: {(isComplete ? "Complete" : error)} {text} / {reasoning} / {arguments}";
        ChatStreamResult result = outcome.Result;
        Assert.Equal(expected, $"cut at {cut}: {outcome.Ending} {result.Text} / {result.Reasoning} / {string.Join('|', result.ToolCalls.Select(tool => tool.Arguments))}");
        Assert.Equal(isComplete, result.IsComplete);
    }

    private static int EndOfLastClosedEvent(byte[] bytes, int cut)
    {
        bool isSequence = bytes[0] == (byte)'{';
        for (int i = cut - 1; i > 1; i--)
        {
            bool closes = bytes[i] switch
            {
                (byte)'\n' => isSequence || bytes[i - 1] == '\n' || (bytes[i - 1] == '\r' && bytes[i - 2] == '\n'),
                (byte)'\r' => bytes[i - 1] == '\r' && i < cut - 1, // a CR at the very end may be the first half of a CRLF
                _ => false,
            };
            if (closes) return i;
        }

        return 0;
    }
}
