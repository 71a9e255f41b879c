using LlmStream.Json;

namespace LlmStream.Answers;

/// <content>Increments, which nearly all chunks are, and are added at less cost.</content>
internal sealed partial class GrowingText
{
    /// <summary>Adds a chunk.</summary>
    /// <param name="raw">The raw bytes of a JSON string.</param>
    /// <param name="escaped">Whether they contain a backslash.</param>
    /// <param name="piece">The piece to emit.</param>
    /// <returns>Whether there is a piece to emit.</returns>
    /// <exception cref="AnswerTooLargeException">The text is longer than the limit.</exception>
    public bool Append(ReadOnlySpan<byte> raw, bool escaped, out TextPiece piece)
    {
        if (TryAppend(raw, raw.Length, escaped) is { } text)
        {
            piece = new TextPiece(text, _emitted - text.Length);
            return true;
        }

        return TryAppendFirst(raw, escaped, out piece) || AppendSlow(raw, escaped, out piece);
    }

    /// <summary>
    /// Adds a chunk if all of it can be emitted at once, as it nearly always can: the chunks are increments, and nothing is held back.
    /// </summary>
    /// <param name="bytes">Bytes that begin with the raw ones of a JSON string. What follows them is not added.</param>
    /// <param name="length">The length of the string.</param>
    /// <param name="escaped">Whether it contains a backslash.</param>
    /// <returns>The piece to emit, which ends at <see cref="Length"/>; null if nothing was added.</returns>
    public string? TryAppend(ReadOnlySpan<byte> bytes, int length, bool escaped)
    {
        int start = _length;
        if (_mode != ChatTextMode.Incremental || _partialLength > 0 || start != _emitted || length == 0) return null;
        EnsureRoom(Math.Max(length, JsonText.ShortLength));
        Span<char> room = _text.AsSpan(start);
        int count = JsonText.DecodeShort(bytes, length, escaped, room);
        if (count < 0)
        {
            count = JsonText.Decode(bytes[..length], escaped, room, out int incomplete);
            // UTF-8 decodes to complete surrogate pairs; only escapes can be a half.
            if (incomplete > 0 || (escaped && JsonText.IndexOfLoneSurrogate(room[..count]) >= 0)) return null;
        }

        if (count > maxLength - start) return null;
        _length = _emitted = start + count;
        AssertInvariant();
        return new string(_text, start, count);
    }

    /// <summary>
    /// Adds one of the first two chunks in the mode <see cref="ChatTextMode.Auto"/>, in the same case: the second one is no snapshot.
    /// </summary>
    /// <returns>Whether it was added, and there is a piece to emit. Otherwise nothing was changed.</returns>
    private bool TryAppendFirst(ReadOnlySpan<byte> raw, bool escaped, out TextPiece piece)
    {
        piece = default;
        int start = _length;
        if (_mode != ChatTextMode.Auto || _pending is not null || _partialLength > 0 || start != _emitted || raw.IsEmpty) return false;
        EnsureRoom(raw.Length);
        int count = JsonText.Decode(raw, escaped, _text.AsSpan(start), out int incomplete);
        ReadOnlySpan<char> chunk = _text.AsSpan(start, count);
        if (incomplete > 0 || count > maxLength - start || (escaped && JsonText.IndexOfLoneSurrogate(chunk) >= 0)) return false;
        bool isFirst = _snapshot.Length == 0;
        if (!isFirst && chunk.StartsWith(_snapshot)) return false;
        piece = new TextPiece(chunk.ToString(), start);
        if (!isFirst) _mode = ChatTextMode.Incremental;
        _snapshot = isFirst ? piece.Text : "";
        _length = _emitted = start + count;
        AssertInvariant();
        return true;
    }
}
