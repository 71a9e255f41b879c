using System.Buffers;
using System.Diagnostics;

namespace LlmStream.Chat.Updates;

/// <summary>
/// Turns pieces that state their offset into text for a consumer that can only append. Unlike <see cref="OffsetText"/> it cannot
/// replace what the consumer already has.
/// </summary>
/// <remarks>
/// Invariant: <c>_text[.._passedOn]</c> is what has been passed on, and <c>_text[.._length]</c> is the text according to the pieces. The
/// two differ only while the server repeats what it has sent.
/// </remarks>
internal sealed class AppendOnlyText
{
    private const int MinSize = 64;

    private char[] _text = []; // rented, because the consumer has the text too
    private int _passedOn;
    private int _length;

    /// <summary>Whether the server began to repeat its text but has not repeated all of it.</summary>
    public bool IsBehind => _length < _passedOn;

    /// <summary>Adds a piece.</summary>
    /// <returns>The part of it to be appended, or null if the piece contradicts what has been passed on.</returns>
    public string? Append(string piece, int offset)
    {
        offset = Math.Min(offset, _passedOn);
        int repeated = Math.Min(_passedOn - offset, piece.Length);
        if (repeated > 0 && !_text.AsSpan(offset, repeated).SequenceEqual(piece.AsSpan(0, repeated))) return null;
        _length = offset + piece.Length;
        string added = repeated == 0 ? piece : piece[repeated..];
        EnsureRoom(added.Length);
        added.AsSpan().CopyTo(_text.AsSpan(_passedOn));
        _passedOn += added.Length;
        Debug.Assert(_length <= _passedOn, "The text according to the pieces is a prefix of what has been passed on.");
        return added;
    }

    /// <summary>Returns the rented buffer. The text is empty afterwards.</summary>
    public void Release()
    {
        _passedOn = _length = 0;
        ReturnBuffer();
    }

    public override string ToString() => new(_text, 0, _passedOn);

    private void EnsureRoom(int count)
    {
        if (_passedOn + count <= _text.Length) return;
        char[] larger = ArrayPool<char>.Shared.Rent(Math.Max(_passedOn + count, Math.Max(MinSize, _text.Length * 2)));
        _text.AsSpan(0, _passedOn).CopyTo(larger);
        ReturnBuffer();
        _text = larger;
    }

    private void ReturnBuffer()
    {
        if (_text.Length > 0) ArrayPool<char>.Shared.Return(_text);
        _text = [];
    }
}
