namespace LlmStream.Operators.Stages;

/// <summary>The deltas of all choices that <see cref="ChatStreamExtensions.Coalesce"/> holds back until the interval ends.</summary>
internal sealed class HeldDeltas
{
    private readonly List<(int ChoiceIndex, DeltaBatch Batch)> _batches = [];

    public bool IsEmpty => _batches.Count == 0;

    /// <summary>Whether one of the deltas has a finish reason, which must not wait.</summary>
    public bool IsUrgent { get; private set; }

    public void Add(ChatDelta delta)
    {
        IsUrgent |= delta.FinishReason is not null;
        int last = _batches.FindLastIndex(held => held.ChoiceIndex == delta.ChoiceIndex);
        if (last >= 0 && _batches[last].Batch.TryAdd(delta)) return;
        var batch = new DeltaBatch();
        batch.TryAdd(delta);
        _batches.Add((delta.ChoiceIndex, batch));
    }

    /// <summary>Removes all deltas, joined as far as possible.</summary>
    public ChatDelta[] TakeAll()
    {
        ChatDelta[] all = [.. _batches.Select(held => held.Batch.ToDelta())];
        _batches.Clear();
        IsUrgent = false;
        return all;
    }
}
