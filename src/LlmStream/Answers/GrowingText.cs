using System.Buffers;
using System.Diagnostics;
using System.Text;
using LlmStream.Json;

namespace LlmStream.Answers;

/// <summary>
/// A text that grows while it is streamed (the text of a choice, its reasoning, the arguments of a tool call). Its chunks hold
/// increments or the whole text so far (snapshots); <see cref="ChatTextMode.Auto"/> decides from the chunks which of the two.
/// </summary>
/// <remarks>
/// Invariant: <c>_text[.._emitted]</c> was emitted, and <c>_text[_emitted.._length]</c> is held back: the first half of a surrogate
/// pair, or nothing. While the mode is undecided, <c>_snapshot</c> is the last chunk, which begins with each chunk before it, and
/// <c>_pending</c> is what follows the text if the chunks are increments.
/// </remarks>
internal sealed partial class GrowingText(ChatTextMode mode, int maxLength, string name)
{
    /// <summary>
    /// If a chunk of at least this length, without leading and trailing white space, is the beginning of the next one, the chunks are
    /// snapshots. Increments as long as this do not repeat each other by chance.
    /// </summary>
    private const int MinRepeatLength = 8;

    private char[] _text = [];
    private int _length;
    private int _emitted;
    private ChatTextMode _mode = mode;
    private string _snapshot = "";
    private StringBuilder? _pending;
    private bool _hasGrown;
    private uint _partialCharacter; // the bytes of an incomplete UTF-8 sequence at the end of a chunk, the first in the lowest bits
    private int _partialLength;

    /// <summary>The emitted length, in UTF-16 code units.</summary>
    public int Length => _emitted;

    /// <summary>What was emitted. Valid until the next change.</summary>
    public ReadOnlySpan<char> Emitted => _text.AsSpan(0, _emitted);

    /// <summary>Whether nothing was added.</summary>
    public bool IsEmpty => _length == 0 && _partialLength == 0;

    /// <summary>Whether it is undecided what the chunks are, and matters: increments and snapshots would give different texts.</summary>
    public bool IsUndecided => _mode == ChatTextMode.Auto && _pending is not null;

    /// <summary>If it is undecided: whether a chunk was longer than the one before, which it begins with. Increments hardly are.</summary>
    public bool HasGrown => _hasGrown;

    /// <summary>If it is undecided: the text if the chunks are snapshots.</summary>
    public string Snapshot => _snapshot;

    /// <summary>If it is undecided: the text if the chunks are increments.</summary>
    public string Concatenation => string.Concat(_text.AsSpan(0, _length), _pending?.ToString());

    /// <summary>The received length: what was emitted, and what is held back.</summary>
    public int ReceivedLength => _length;

    /// <summary>Whether the chunks are known to be snapshots.</summary>
    public bool IsCumulative => _mode == ChatTextMode.Cumulative;

    /// <summary>Replaces the text, whatever the mode: by the text of a complete message, which repeats what the deltas said.</summary>
    public bool Replace(ReadOnlySpan<byte> raw, bool escaped, out TextPiece piece) =>
        ApplySnapshot(JsonText.DecodeWhole(raw, escaped), out piece);

    /// <summary>
    /// Replaces the end of the text, whatever the mode. The common beginning of the old and the new end is not emitted again.
    /// </summary>
    /// <param name="start">The offset at which the end begins; at most <see cref="ReceivedLength"/>.</param>
    /// <param name="end">The new end.</param>
    /// <param name="piece">The piece to emit.</param>
    /// <returns>Whether there is a piece to emit.</returns>
    /// <exception cref="AnswerTooLargeException">The text is longer than the limit.</exception>
    public bool ReplaceEnd(int start, ReadOnlySpan<char> end, out TextPiece piece)
    {
        Debug.Assert(start >= 0 && start <= _length, "The end begins within the text");
        if (start + (long)end.Length > maxLength) throw TooLarge();
        _partialLength = 0;

        int common = start + _text.AsSpan(start, _length - start).CommonPrefixLength(end);
        // A surrogate pair must not be split.
        int kept = common > 0 && char.IsHighSurrogate(_text[common - 1]) ? common - 1 : common;
        bool isRewrite = kept < _emitted; // the next piece begins before the end of what was emitted
        if (isRewrite) _emitted = kept;
        _length = common;
        ReadOnlySpan<char> added = end[(common - start)..];
        EnsureRoom(added.Length);
        added.CopyTo(_text.AsSpan(_length));
        _length += added.Length;
        if (Emit(mayHoldSurrogates: true, out piece) || !isRewrite) return piece.Text is not null;

        // There is nothing to emit instead of what the server took back.
        piece = new TextPiece("", kept);
        return true;
    }

    /// <summary>A part of what was received, including what is held back. Valid until the next change.</summary>
    public ReadOnlySpan<char> Received(int start, int length) => _text.AsSpan(start, length);

    /// <summary>Whether the text is exactly this JSON string, and not empty.</summary>
    public bool IsEqualTo(ReadOnlySpan<byte> raw, bool escaped) =>
        _length > 0 && JsonText.AreEqual(raw, escaped, _text.AsSpan(0, _length));

    /// <summary>The same, and no part of a character is held back.</summary>
    public bool IsExactly(ReadOnlySpan<byte> raw, bool escaped) => _partialLength == 0 && IsEqualTo(raw, escaped);

    /// <summary>Decides, at the finish reason or at the end of the stream, what the chunks are, if that is still undecided.</summary>
    /// <param name="asCumulative">Whether they are snapshots.</param>
    /// <param name="piece">The piece to emit.</param>
    /// <returns>Whether there is a piece to emit.</returns>
    public bool Decide(bool asCumulative, out TextPiece piece)
    {
        piece = default;
        if (_mode != ChatTextMode.Auto || _pending is null) return false;
        return asCumulative ? DecideCumulative(_snapshot, out piece) : DecideIncremental("", out piece);
    }

    /// <summary>Emits, at the end of the stream, what was held back: the other half of it will not come.</summary>
    public bool Complete(out TextPiece piece)
    {
        bool hasDecided = Decide(asCumulative: true, out piece);
        if (_partialLength > 0 && _length < maxLength)
        {
            _partialLength = 0;
            EnsureRoom(1);
            _text[_length++] = '\uFFFD';
        }

        if (_emitted == _length) return hasDecided;
        JsonText.ReplaceLoneSurrogates(_text.AsSpan(_emitted, _length - _emitted));
        int offset = hasDecided ? piece.Offset : _emitted;
        piece = new TextPiece(new string(_text, offset, _length - offset), offset);
        _emitted = _length;
        AssertInvariant();
        return true;
    }

    /// <summary>What was emitted.</summary>
    public override string ToString() => From(0);

    /// <summary>What was emitted, from an offset on.</summary>
    public string From(int offset) => new(_text, offset, _emitted - offset);

    /// <summary>Returns the rented buffer. The text is empty afterwards.</summary>
    public void Release()
    {
        _length = _emitted = 0;
        ReturnBuffer();
    }

    private bool AppendSlow(ReadOnlySpan<byte> raw, bool escaped, out TextPiece piece)
    {
        if (raw.IsEmpty)
        {
            piece = default;
            return false;
        }

        byte[]? joined = null;
        if (_partialLength > 0)
        {
            joined = ArrayPool<byte>.Shared.Rent(_partialLength + raw.Length);
            for (int i = 0; i < _partialLength; i++) joined[i] = (byte)(_partialCharacter >> (8 * i));
            raw.CopyTo(joined.AsSpan(_partialLength));
            raw = joined.AsSpan(0, _partialLength + raw.Length);
            _partialLength = 0;
        }

        char[] chars = ArrayPool<char>.Shared.Rent(raw.Length);
        try
        {
            int length = JsonText.Decode(raw, escaped, chars, out int incomplete);
            // If a snapshot ends within a character, the next one repeats all of the character.
            if (incomplete > 0 && _mode != ChatTextMode.Cumulative) KeepPartialCharacter(raw[^incomplete..]);
            Span<char> chunk = chars.AsSpan(0, length);
            return _mode switch
            {
                ChatTextMode.Incremental => AppendChars(chunk, out piece),
                ChatTextMode.Cumulative => ApplySnapshot(chunk, out piece),
                _ => AppendUndecided(chunk.ToString(), out piece),
            };
        }
        finally
        {
            ArrayPool<char>.Shared.Return(chars);
            if (joined is not null) ArrayPool<byte>.Shared.Return(joined);
        }
    }

    private bool AppendUndecided(string chunk, out TextPiece piece)
    {
        if (_snapshot.Length == 0)
        {
            _snapshot = chunk;
            return AppendChars(chunk, out piece);
        }

        if (!chunk.StartsWith(_snapshot, StringComparison.Ordinal)) return DecideIncremental(chunk, out piece);

        bool grows = chunk.Length > _snapshot.Length;
        if (grows && (_hasGrown || _snapshot.AsSpan().Trim().Length >= MinRepeatLength)) return DecideCumulative(chunk, out piece);
        _hasGrown |= grows;
        _snapshot = chunk;
        _pending = (_pending ?? new StringBuilder()).Append(chunk);
        if (_pending.Length > maxLength) throw TooLarge();
        piece = default;
        AssertInvariant();
        return false;
    }

    private bool DecideIncremental(string chunk, out TextPiece piece)
    {
        _mode = ChatTextMode.Incremental;
        string text = _pending is null ? chunk : _pending.Append(chunk).ToString();
        _pending = null;
        _snapshot = "";
        return AppendChars(text, out piece);
    }

    private bool DecideCumulative(string snapshot, out TextPiece piece)
    {
        _mode = ChatTextMode.Cumulative;
        _pending = null;
        _snapshot = "";
        return ApplySnapshot(snapshot, out piece);
    }

    private bool AppendChars(ReadOnlySpan<char> chunk, out TextPiece piece)
    {
        if (_length + (long)chunk.Length > maxLength) throw TooLarge();
        EnsureRoom(chunk.Length);
        chunk.CopyTo(_text.AsSpan(_length));
        _length += chunk.Length;
        return Emit(mayHoldSurrogates: true, out piece);
    }

    private bool ApplySnapshot(ReadOnlySpan<char> snapshot, out TextPiece piece)
    {
        piece = default;
        // An empty snapshot, as it comes with the finish reason, does not take the answer back.
        return !snapshot.IsEmpty && ReplaceEnd(0, snapshot, out piece);
    }

    private bool Emit(bool mayHoldSurrogates, out TextPiece piece)
    {
        int end = _length;
        if (end > _emitted && char.IsHighSurrogate(_text[end - 1])) end--;
        if (end == _emitted)
        {
            piece = default;
            AssertInvariant();
            return false;
        }

        // UTF-8 decodes to complete pairs: only escapes, and what was held back, can be a half.
        if (mayHoldSurrogates || char.IsSurrogate(_text[_emitted])) JsonText.ReplaceLoneSurrogates(_text.AsSpan(_emitted, end - _emitted));
        piece = new TextPiece(new string(_text, _emitted, end - _emitted), _emitted);
        _emitted = end;
        AssertInvariant();
        return true;
    }

    private void KeepPartialCharacter(ReadOnlySpan<byte> bytes)
    {
        _partialLength = bytes.Length;
        _partialCharacter = 0;
        for (int i = 0; i < bytes.Length; i++) _partialCharacter |= (uint)bytes[i] << (8 * i);
    }

    /// <summary>Drops what was not emitted, so that the text stays within the limit.</summary>
    private AnswerTooLargeException TooLarge()
    {
        _length = _emitted;
        _pending = null;
        _partialLength = 0;
        AssertInvariant();
        return new AnswerTooLargeException($"{name} is longer than {maxLength} characters");
    }

    private void EnsureRoom(int count)
    {
        if (_length + count <= _text.Length) return;
        // Rented, because a long text doubles its buffer many times, and the last sizes are on the large object heap.
        char[] larger = ArrayPool<char>.Shared.Rent(Math.Max(_length + count, Math.Max(64, _text.Length * 2)));
        _text.AsSpan(0, _length).CopyTo(larger);
        ReturnBuffer();
        _text = larger;
    }

    private void ReturnBuffer()
    {
        if (_text.Length > 0) ArrayPool<char>.Shared.Return(_text);
        _text = [];
    }

    [Conditional("DEBUG")]
    private void AssertInvariant()
    {
        Debug.Assert(_emitted >= 0 && _emitted <= _length && _length <= _text.Length, "The text is longer than its buffer");
        Debug.Assert(_length <= maxLength, "The text is longer than its limit");
        Debug.Assert(_length - _emitted <= 1, "More than one code unit is held back");
        Debug.Assert(_length == _emitted || char.IsHighSurrogate(_text[_emitted]), "What is held back is not half of a surrogate pair");
        Debug.Assert(_emitted == 0 || !char.IsHighSurrogate(_text[_emitted - 1]), "A surrogate pair was split");
        bool isUndecided = _mode == ChatTextMode.Auto;
        Debug.Assert(isUndecided || (_pending is null && _snapshot.Length == 0), "The mode is decided, but chunks are pending");
        Debug.Assert(_partialLength is >= 0 and <= 3, "A UTF-8 sequence of four bytes is complete");
    }
}
