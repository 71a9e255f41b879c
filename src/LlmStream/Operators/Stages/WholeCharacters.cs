namespace LlmStream.Operators.Stages;

/// <summary>
/// A growing text that is passed on in whole characters: a piece that ends between the halves of a surrogate pair, as some clients send
/// it, is passed on without the first half, which is put before the next piece.
/// </summary>
internal sealed class WholeCharacters
{
    private char? _half;

    /// <summary>The length of what was passed on, in UTF-16 code units.</summary>
    public int Length { get; private set; }

    /// <summary>Adds a piece.</summary>
    /// <returns>What can be passed on.</returns>
    public string Add(string piece)
    {
        if (piece.Length == 0) return "";
        if (_half is { } half) piece = half + piece;
        _half = null;
        if (char.IsHighSurrogate(piece[^1]))
        {
            _half = piece[^1];
            piece = piece[..^1];
        }

        Length += piece.Length;
        return piece;
    }

    /// <summary>Ends the text.</summary>
    /// <returns>U+FFFD if a half was held back, as its other half will not come; otherwise "".</returns>
    public string Complete()
    {
        if (_half is null) return "";
        _half = null;
        Length++;
        return "\uFFFD";
    }
}
