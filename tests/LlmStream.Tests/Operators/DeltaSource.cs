using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators;

/// <summary>A source for operators: it gives out what it was given, counts what is done to it, and fails when it is told to.</summary>
internal sealed class DeltaSource(IEnumerable<ChatDelta> deltas) : IAsyncEnumerable<ChatDelta>
{
    private readonly ChatDelta[] _deltas = [.. deltas];

    /// <summary>What it throws at its end, or null.</summary>
    public Exception? Failure { get; init; }

    /// <summary>What is waited for before the delta of this number is given out.</summary>
    public Dictionary<int, Task> Gates { get; } = [];

    /// <summary>Whether each delta comes from another turn of the scheduler.</summary>
    public bool Yields { get; init; }

    /// <summary>The token that the source itself was made with.</summary>
    public CancellationToken OwnToken { get; init; }

    public int Enumerations { get; private set; }

    public int Moves { get; private set; }

    public int Disposals { get; private set; }

    public static DeltaSource Of(params string[] texts) => new(Answer(texts));

    /// <summary>Plain deltas of one choice, each after the one before it, and one that ends it with usage.</summary>
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
