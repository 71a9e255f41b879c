using System.Buffers;

namespace LlmStream.Framing;

/// <summary>Finds out where a JSON document ends, while it comes in pieces. Looks at each byte once.</summary>
/// <remarks>Invariant: behind the bytes seen so far the nesting is <c>_depth</c> deep, inside a string or not.</remarks>
internal struct JsonDocumentEnd
{
    private static readonly SearchValues<byte> OutsideString = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> InsideString = SearchValues.Create("\"\\"u8);

    private int _depth;
    private bool _inString;
    private bool _isEscaped;

    public bool HasBegun { get; private set; }

    public bool HasEnded { get; private set; }

    /// <summary>Takes the next bytes of the body.</summary>
    /// <returns>How many of them are the document's, or stand before it.</returns>
    public int Take(ReadOnlySpan<byte> bytes)
    {
        int position = 0;
        while (position < bytes.Length && !HasEnded)
        {
            if (_isEscaped)
            {
                _isEscaped = false;
                position++;
                continue;
            }

            if (!HasBegun && !Begin(bytes[position]))
            {
                position++;
                continue;
            }

            int hit = bytes[position..].IndexOfAny(_inString ? InsideString : OutsideString);
            if (hit < 0) return bytes.Length;
            byte found = bytes[position + hit];
            position += hit + 1;
            if (found == (byte)'\\') _isEscaped = true;
            else if (found == (byte)'"') _inString = !_inString;
            else _depth += found is (byte)'{' or (byte)'[' ? 1 : -1;
            HasEnded = _depth <= 0 && !_inString;
        }

        return position;
    }

    private bool Begin(byte first)
    {
        if (first is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0xEF or 0xBB or 0xBF) return false;
        HasBegun = first is (byte)'{' or (byte)'[' or (byte)'"';
        return HasBegun ? true : throw new FramingException(FramingError.NotAStream, "The body is no JSON document");
    }
}
