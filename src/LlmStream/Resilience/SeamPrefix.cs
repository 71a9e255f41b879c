using System.Diagnostics;

namespace LlmStream.Resilience;

/// <summary>Counts how much the beginning of a growing text has in common with a given one. Each character is compared once.</summary>
internal sealed class SeamPrefix(string text)
{
    private int _length;

    /// <summary>The given text.</summary>
    public string Text => text;

    /// <summary>Compares what has been added.</summary>
    /// <param name="grown">The growing text, all of it.</param>
    /// <returns>The length of the common prefix.</returns>
    public int Extend(ReadOnlySpan<char> grown)
    {
        Debug.Assert(_length <= grown.Length, "A text that was truncated is rewound.");
        _length += text.AsSpan(_length).CommonPrefixLength(grown[_length..]);
        return _length;
    }

    /// <summary>The growing text was truncated to this length.</summary>
    public void Rewind(int length) => _length = Math.Min(_length, length);
}
