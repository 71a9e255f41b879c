namespace LlmStream.AspNetCore.Wires;

/// <summary>How much of one growing text was sent to the browser, which cannot be taken back.</summary>
internal struct SentLength
{
    /// <summary>The length of what was sent, in UTF-16 code units.</summary>
    public int Length { get; private set; }

    /// <summary>Takes note of a piece.</summary>
    /// <returns>False if the piece replaces what was sent.</returns>
    public bool TryAdvance(string piece, int offset)
    {
        if (offset < Length) return false;
        Length = offset + piece.Length;
        return true;
    }

    /// <summary>Begins again, after the browser was told to discard what it had.</summary>
    public void Reset() => Length = 0;
}
