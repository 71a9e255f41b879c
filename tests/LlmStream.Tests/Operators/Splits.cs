using System.Text;

namespace LlmStream.Tests.Operators;

/// <summary>All that chunks may do to a text.</summary>
internal static class Splits
{
    /// <summary>The text whole, in two at every index, and a character at a time. As readers do, none divides a surrogate pair.</summary>
    public static IEnumerable<string[]> Of(string text)
    {
        yield return [text];
        for (int i = 1; i < text.Length; i++)
        {
            if (!char.IsLowSurrogate(text[i])) yield return [text[..i], text[i..]];
        }

        yield return [.. text.EnumerateRunes().Select(rune => rune.ToString())];
    }

    /// <summary>Checks that an operator says the same however the text is divided.</summary>
    public static async Task AssertSameAsync<T>(string text, Func<DeltaSource, Task<T>> run, T expected)
    {
        foreach (string[] chunks in Of(text))
        {
            var source = DeltaSource.Of(chunks);
            T actual = await run(source);
            Assert.True(Equals(expected, actual), $"{string.Join('|', chunks)}\nexpected: {expected}\nactual:   {actual}");
            Assert.Equal(1, source.Disposals);
        }
    }
}

/// <summary>What came of a stream of deltas, put together as its offsets say.</summary>
internal sealed record Told(string Text, string Reasoning, string? Finish, long? Tokens)
{
    public static async Task<Told> ByAsync(IAsyncEnumerable<ChatDelta> deltas, CancellationToken cancellationToken = default)
    {
        var text = new StringBuilder();
        var reasoning = new StringBuilder();
        string? finish = null;
        long? tokens = null;
        await foreach (ChatDelta delta in deltas.WithCancellation(cancellationToken))
        {
            Put(text, delta.Text, delta.TextOffset);
            if (delta.Reasoning is not null) Put(reasoning, delta.Reasoning, delta.ReasoningOffset);
            finish = delta.FinishReason?.Value ?? finish;
            tokens = delta.Usage?.OutputTokenCount ?? tokens;
        }

        return new Told(text.ToString(), reasoning.ToString(), finish, tokens);
    }

    private static void Put(StringBuilder text, string piece, int offset)
    {
        Assert.InRange(offset, 0, text.Length); // an offset never leaves a gap
        text.Length = offset;
        text.Append(piece);
    }
}
