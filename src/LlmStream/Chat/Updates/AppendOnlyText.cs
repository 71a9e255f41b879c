using System.Diagnostics;
using System.Text;

namespace LlmStream.Chat.Updates;

/// <summary>
/// Turns pieces that state their offset into text for a consumer that can only append. Unlike <see cref="OffsetText"/> it cannot
/// replace what the consumer already has.
/// </summary>
/// <remarks>
/// Invariant: <c>_text</c> is what has been passed on, and <c>_text[.._length]</c> is the text according to the pieces. The
/// two differ only while the server repeats what it has sent.
/// </remarks>
internal sealed class AppendOnlyText
{
    private readonly StringBuilder _text = new();
    private int _length;

    /// <summary>Whether the server began to repeat its text but has not repeated all of it.</summary>
    public bool IsBehind => _length < _text.Length;

    /// <summary>Adds a piece.</summary>
    /// <returns>The part of it to be appended, or null if the piece contradicts what has been passed on.</returns>
    public string? Append(string piece, int offset)
    {
        offset = Math.Min(offset, _text.Length);
        int repeated = Math.Min(_text.Length - offset, piece.Length);
        if (repeated > 0 && !_text.ToString(offset, repeated).AsSpan().SequenceEqual(piece.AsSpan(0, repeated))) return null;
        _length = offset + piece.Length;
        string added = repeated == 0 ? piece : piece[repeated..];
        _text.Append(added);
        Debug.Assert(_length <= _text.Length, "The text according to the pieces is a prefix of what has been passed on.");
        return added;
    }

    public override string ToString() => _text.ToString();
}
