using LlmStream.AspNetCore.Tests.Wires;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>Answers of handlers.</summary>
internal static class FakeAnswers
{
    /// <summary>An answer that fails after some deltas.</summary>
    public static async IAsyncEnumerable<ChatDelta> FailingAfter(Exception exception, params ChatDelta[] deltas)
    {
        await Task.Yield();
        foreach (ChatDelta delta in deltas) yield return delta;
        throw exception;
    }

    /// <summary>A complete answer.</summary>
    public static async IAsyncEnumerable<ChatDelta> Complete(params string[] pieces)
    {
        await Task.Yield();
        foreach (ChatDelta delta in Encoded.Pieces(pieces)) yield return delta;
    }

    /// <summary>An answer that never ends, and never waits.</summary>
    public static async IAsyncEnumerable<ChatDelta> Endless(Action? read = null)
    {
        await Task.Yield();
        for (int offset = 0; ; offset += 10)
        {
            read?.Invoke();
            yield return new ChatDelta { Text = "And so on,", TextOffset = offset };
        }
    }
}
