using System.Collections.Immutable;
using System.Diagnostics;

namespace LlmStream.Testing.Scripting;

/// <summary>The offsets in a body at which writes end.</summary>
internal sealed class WriteBoundaries
{
    private readonly int _size;
    private readonly ImmutableArray<long> _offsets;

    private WriteBoundaries(int size, ImmutableArray<long> offsets)
    {
        Debug.Assert(offsets.Zip(offsets.Skip(1)).All(pair => pair.First < pair.Second), "Offsets ascend.");
        (_size, _offsets) = (size, offsets);
    }

    /// <summary>Creates writes of a fixed size.</summary>
    public static WriteBoundaries Every(int bytes) => new(bytes, []);

    /// <summary>Creates writes that end at these offsets. After the last, each event is one write.</summary>
    public static WriteBoundaries At(IEnumerable<long> offsets) => new(0, [.. offsets.Where(offset => offset > 0).Distinct().Order()]);

    /// <summary>The offset at which the write that contains the byte at an offset ends, or null if it ends with the event.</summary>
    public long? FindEnd(long offset)
    {
        if (_size > 0) return ((offset / _size) + 1) * _size;
        int index = _offsets.BinarySearch(offset + 1);
        if (index < 0) index = ~index;
        return index < _offsets.Length ? _offsets[index] : null;
    }
}
