namespace LlmStream.Relay.Memory;

/// <summary>
/// The epochs of a stream in order, and the number of the first record of each. Each begins after the last record of the one before it.
/// Not thread-safe.
/// </summary>
internal sealed class EpochList(string first)
{
    private readonly List<(string Id, long FirstSequence)> _epochs = [(first, 1)];

    public string Current => _epochs[^1].Id;

    /// <summary>The number of the first record that the current epoch has written, or would write.</summary>
    public long FirstSequence => _epochs[^1].FirstSequence;

    public void Begin(string epoch, long firstSequence) => _epochs.Add((epoch, firstSequence));

    /// <summary>Whether a position is one of the stream, whose last record has the number <paramref name="last"/>.</summary>
    public bool Has(ChatStreamPosition position, long last)
    {
        if (position.Sequence < 0 || position.Sequence > last) return false;
        if (position.Epoch.Length == 0) return true;
        int index = _epochs.FindIndex(epoch => epoch.Id == position.Epoch);
        if (index < 0 || position.Sequence < _epochs[index].FirstSequence - 1) return false;
        return index + 1 == _epochs.Count || position.Sequence < _epochs[index + 1].FirstSequence;
    }

    /// <summary>Notes that the records after the one with the number <paramref name="last"/> were lost.</summary>
    public void Truncate(long last)
    {
        for (int i = 0; i < _epochs.Count; i++) _epochs[i] = (_epochs[i].Id, Math.Min(_epochs[i].FirstSequence, last + 1));
    }
}
