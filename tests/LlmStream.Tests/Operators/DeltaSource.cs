using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators;

/// <summary>A source of given deltas that counts calls, can be paused, and can fail at its end.</summary>
internal sealed class DeltaSource(IEnumerable<ChatDelta> deltas) : IAsyncEnumerable<ChatDelta>
{
    private readonly ChatDelta[] _deltas = [.. deltas];

    /// <summary>The exception that it throws at its end, or null.</summary>
    public Exception? Failure { get; init; }

    /// <summary>Tasks that are awaited before the delta of this index is returned.</summary>
    public Dictionary<int, Task> Gates { get; } = [];

    /// <summary>Whether each delta is returned asynchronously.</summary>
    public bool Yields { get; init; }

    /// <summary>A token that the source was created with, in addition to that of the enumeration.</summary>
    public CancellationToken OwnToken { get; init; }

    public int Enumerations { get; private set; }

    public int Moves { get; private set; }

    public int Disposals { get; private set; }

    public static DeltaSource Of(params string[] texts) => new(Answer(texts));

    /// <summary>Consecutive deltas of one choice, and one with the finish reason and usage.</summary>
    public static List<ChatDelta> Answer(IEnumerable<string> texts, int choice = 0, bool finish = true)
    {
        var deltas = new List<ChatDelta>();
        int offset = 0;
        foreach (string text in texts)
        {
            deltas.Add(new ChatDelta { ChoiceIndex = choice, Text = text, TextOffset = offset });
            offset += text.Length;
        }

        if (finish) deltas.Add(End(offset, choice));
        return deltas;
    }

    public static ChatDelta End(int offset, int choice = 0) => new()
    {
        ChoiceIndex = choice,
        TextOffset = offset,
        FinishReason = ChatFinishReason.Stop,
        Usage = new UsageDetails { OutputTokenCount = 7 },
    };

    public async IAsyncEnumerator<ChatDelta> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        Enumerations++;
        try
        {
            for (int i = 0; i <= _deltas.Length; i++)
            {
                Moves++;
                cancellationToken.ThrowIfCancellationRequested();
                OwnToken.ThrowIfCancellationRequested();
                if (Yields) await Task.Yield();
                if (Gates.TryGetValue(i, out Task? gate)) await gate.WaitAsync(cancellationToken);
                if (i < _deltas.Length) yield return _deltas[i];
            }

            if (Failure is not null) throw Failure;
        }
        finally
        {
            Disposals++;
        }
    }
}
