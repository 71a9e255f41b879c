namespace LlmStream.Tests.Reading;

/// <summary>Streams that end early, or whose connection breaks, at any byte.</summary>
public class CutTests
{
    // What EventOracle, which is independent of the reader, understands: for each dialect and framing, and for text that grows or repeats.
    private static readonly string[] UnderstoodNames =
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

    public static TheoryData<string> Understood { get; } = [.. UnderstoodNames];

    public static TheoryData<string> All { get; } = [.. Transcript.Names];

    public static TheoryData<string> WithMarker { get; } =
        [.. UnderstoodNames.Where(name => Transcript.Load(name).Bytes.AsSpan().IndexOf("[DONE]"u8) >= 0)];

    [Theory, MemberData(nameof(Understood))]
    public Task A_stream_cut_at_any_byte_is_truncated_and_keeps_every_whole_event(string name) => AssertTruncatedAsync(name, EveryByte.StepOf(name));

    [Theory, MemberData(nameof(Understood))]
    public Task A_connection_that_breaks_at_any_byte_keeps_every_whole_event(string name) => AssertBrokenAsync(name, EveryByte.StepOf(name));

    [Theory, MemberData(nameof(All))]
    public Task A_cut_stream_ends_in_a_verdict_and_begins_like_the_whole(string name) => AssertBeginsLikeTheWholeAsync(name, EveryByte.StepOf(name));

    [Fact(Explicit = true)]
    public Task A_stream_cut_or_broken_at_every_byte_keeps_every_whole_event() => EveryByte.ForEachAsync(UnderstoodNames, async name =>
    {
        await AssertTruncatedAsync(name, step: 1);
        await AssertBrokenAsync(name, step: 1);
    });

    [Fact(Explicit = true)]
    public Task A_stream_cut_at_every_byte_begins_like_the_whole() =>
        EveryByte.ForEachAsync(Transcript.Names, name => AssertBeginsLikeTheWholeAsync(name, step: 1));

    [Theory, MemberData(nameof(WithMarker))]
    public async Task Reading_ends_at_the_marker_even_if_the_connection_stays_open(string name)
    {
        Transcript transcript = Transcript.Load(name);
        Exception Fail() => throw new InvalidOperationException("It read past the marker.");
        Outcome outcome = await transcript.ReadAsync(new ScriptedStream(transcript.Bytes, failure: Fail));
        Assert.Equal("Complete", outcome.Ending);
    }

    private static async Task AssertTruncatedAsync(string name, int step)
    {
        Transcript transcript = Transcript.Load(name);
        EventOracle oracle = Oracle(transcript);
        foreach (int cut in EveryByte.Offsets(transcript.Bytes.Length, step))
        {
            Outcome outcome = await transcript.ReadAsync(new ScriptedStream(transcript.Bytes[..cut]));
            Compare(oracle, cut, outcome, ChatStreamError.Truncated);
            if (outcome.Exception is { } exception) Assert.True(exception.IsTransient);
        }
    }

    private static async Task AssertBrokenAsync(string name, int step)
    {
        Transcript transcript = Transcript.Load(name);
        EventOracle oracle = Oracle(transcript);
        foreach (int cut in EveryByte.Offsets(transcript.Bytes.Length, step))
        {
            var cause = new IOException("The peer has gone.");
            Outcome outcome = await transcript.ReadAsync(new ScriptedStream(transcript.Bytes[..cut], failure: () => cause));
            if (outcome.Exception is { } exception)
            {
                Assert.Equal(ChatStreamError.Connection, exception.Error);
                Assert.True(exception.IsTransient);
                Assert.Same(cause, exception.InnerException);
            }

            // An event whose blank line has not arrived may count or not: more lines of it could follow.
            Assert.StartsWith(outcome.Result.Text, oracle.At(cut).Text, StringComparison.Ordinal);
            Assert.StartsWith(oracle.At(EndOfLastClosedEvent(transcript.Bytes, cut)).Text, outcome.Result.Text, StringComparison.Ordinal);
        }
    }

    private static async Task AssertBeginsLikeTheWholeAsync(string name, int step)
    {
        Transcript transcript = Transcript.Load(name);
        Outcome whole = await transcript.ReadAsync(new ScriptedStream(transcript.Bytes));
        List<string> deltas = [.. whole.Deltas.Select(Show.Delta)];
        foreach (int cut in EveryByte.Offsets(transcript.Bytes.Length - 1, step))
        {
            Outcome outcome = await transcript.ReadAsync(new ScriptedStream(transcript.Bytes[..cut]));
            Assert.Contains(outcome.Ending, new[] { whole.Ending, "Complete", nameof(ChatStreamError.Truncated) });
            // The last one may be what was held back: half a surrogate pair, text before its mode is known, running counts.
            Assert.Equal(deltas.Take(outcome.Deltas.Count - 1), outcome.Deltas.SkipLast(1).Select(Show.Delta));
        }
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
