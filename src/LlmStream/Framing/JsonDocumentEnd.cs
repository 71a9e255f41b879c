using System.Buffers;
using System.Diagnostics;

namespace LlmStream.Framing;

/// <summary>Finds the end of a JSON document that arrives in pieces. Searches each byte once.</summary>
/// <remarks>
/// Invariant: after the bytes seen so far the nesting is <c>_depth</c> levels deep, inside a string or not; <c>_isEscaped</c>, the last
/// byte was a backslash inside a string that escapes the next one.
/// </remarks>
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
    /// <returns>How many of them belong to the document or precede it.</returns>
    /// <exception cref="FramingException">The body does not begin with an object, an array or a string.</exception>
    public int Take(ReadOnlySpan<byte> bytes)
    {
        int position = 0;
        while (position < bytes.Length && !HasEnded)
        {
            Debug.Assert(_depth >= 0 && (!_isEscaped || _inString) && (HasBegun || _depth == 0));
            if (_isEscaped)
            {
                _isEscaped = false;
                position++;
                continue;
            }

            if (!HasBegun && !TryBegin(bytes[position]))
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
            HasEnded = _depth == 0 && !_inString;
        }

        return position;
    }

    private bool TryBegin(byte first)
    {
        // White space, or a byte order mark.
        if (first is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0xEF or 0xBB or 0xBF) return false;
        HasBegun = first is (byte)'{' or (byte)'[' or (byte)'"';
        return HasBegun ? true : throw new FramingException(FramingError.NotAStream, "The body is not a JSON document");
    }
}
