namespace LlmStream.Relay.Memory;

/// <summary>The bytes that all streams of a store may have.</summary>
internal sealed class MemoryBudget(long maximum)
{
    /// <summary>An estimate of what an object of the store occupies besides its data.</summary>
    public const int StreamOverhead = 1024;

    /// <summary>The same for a record.</summary>
    public const int RecordOverhead = 48;

    /// <summary>What a stop that came before its stream is estimated to occupy.</summary>
    public const int StopSize = 512;

    private long _used;

    public long Used => Interlocked.Read(ref _used);

    public bool TryTake(long bytes)
    {
        // Not added and subtracted again: what is refused must not, for a moment, be in the way of what has room.
        for (long used = Used; used + bytes <= maximum; used = Used)
        {
            if (Interlocked.CompareExchange(ref _used, used + bytes, used) == used) return true;
        }

        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}
