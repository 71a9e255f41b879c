using System.Collections.Immutable;

namespace LlmStream.Testing.Scripting;

/// <summary>Where a body is cut into writes.</summary>
/// <param name="Every">The bytes of each write, or 0 where <paramref name="Offsets"/> say it.</param>
/// <param name="Offsets">The offsets in the body at which a write ends, ascending; after the last, each event is a write.</param>
internal sealed record WriteCuts(int Every, ImmutableArray<long> Offsets)
{
    /// <summary>Where the write that holds the byte at an offset ends, or null where it ends with the event.</summary>
    public long? EndAfter(long offset)
    {
        if (Every > 0) return ((offset / Every) + 1) * Every;
        int index = Offsets.BinarySearch(offset + 1);
        if (index < 0) index = ~index;
        return index < Offsets.Length ? Offsets[index] : null;
    }
}
