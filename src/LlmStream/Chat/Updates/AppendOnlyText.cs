using System.Text;

namespace LlmStream.Chat.Updates;

/// <summary>A text of which each piece says where it begins, passed on to someone who can only append.</summary>
/// <remarks>
/// Invariant: <c>_text</c> is what has been passed on, and <c>_text[.._length]</c> is the text that the pieces say. The
/// two differ only while the server repeats what it said.
/// </remarks>
internal sealed class AppendOnlyText
{
    private readonly StringBuilder _text = new();
    private int _length;

    /// <summary>Whether the server stopped short of what it had said before.</summary>
    public bool IsBehind => _length < _text.Length;

    /// <summary>Takes a piece.</summary>
    /// <returns>What of it is new, or null: the piece differs from what has been passed on.</returns>
    public string? Take(string piece, int offset)
    {
        offset = Math.Min(offset, _text.Length);
        int known = Math.Min(_text.Length - offset, piece.Length);
        if (known > 0 && !_text.ToString(offset, known).AsSpan().SequenceEqual(piece.AsSpan(0, known))) return null;
        _length = offset + piece.Length;
        string news = known == 0 ? piece : piece[known..];
        _text.Append(news);
        return news;
    }

    public override string ToString() => _text.ToString();
}
