using System.Text;

namespace LlmStream.Tests.Operators;

/// <summary>The answer that deltas give when they are applied at their offsets.</summary>
internal sealed record Collected(string Text, string Reasoning, string? Finish, long? Tokens)
{
    public static async Task<Collected> FromAsync(IAsyncEnumerable<ChatDelta> deltas, CancellationToken cancellationToken = default)
    {
        var text = new StringBuilder();
        var reasoning = new StringBuilder();
        string? finish = null;
        long? tokens = null;
        await foreach (ChatDelta delta in deltas.WithCancellation(cancellationToken))
        {
            Apply(text, delta.Text, delta.TextOffset);
            if (delta.ReasoningChange is not null) Apply(reasoning, delta.Reasoning, delta.ReasoningOffset);
            finish = delta.FinishReason?.Value ?? finish;
            tokens = delta.Usage?.OutputTokenCount ?? tokens;
        }

        return new Collected(text.ToString(), reasoning.ToString(), finish, tokens);
    }

    private static void Apply(StringBuilder text, string piece, int offset)
    {
        Assert.InRange(offset, 0, text.Length); // operators never leave a gap
        text.Length = offset;
        text.Append(piece);
    }
}
