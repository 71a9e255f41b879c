using System.Buffers;
using System.Text;
using LlmStream.Json;

namespace LlmStream.Answers;

/// <summary>A piece of text that has become certain, and where it begins.</summary>
internal readonly record struct TextPiece(string Text, int Offset)
{
    /// <summary>Set where there were several pieces: the text that they all became part of.</summary>
    public GrowingText? MustBeTakenFrom { get; init; }

    /// <summary>The text of the piece, or of all the pieces. Null of none.</summary>
    public string? Whole => MustBeTakenFrom is { } channel ? channel.From(Offset) : Text;
}

/// <summary>
/// One text that grows while it is streamed (a choice's answer, its reasoning, the arguments of a tool call), from chunks
/// that hold what is new, or everything so far, or that have yet to show which.
/// </summary>
/// <remarks>
/// Invariant: <c>_text[.._emitted]</c> has been given out, and <c>_text[_emitted.._length]</c> is known but held back: half
/// of a surrogate pair at its end. While the mode is undecided, <c>_snapshot</c> is the last chunk, which
/// begins with all the chunks before it, and <c>_pending</c> is what would follow the text if the chunks are increments.
/// </remarks>
internal sealed class GrowingText(ChatTextMode mode, int maxLength, string what)
{
    /// <summary>
    /// A chunk that begins with one of at least this length, white space at its ends not counted, repeats it: no
    /// accident of language does so.
    /// </summary>
    private const int TellingLength = 8;

    private char[] _text = [];
    private int _length;
    private int _emitted;
    private ChatTextMode _mode = mode;
    private string _snapshot = "";
    private StringBuilder? _pending;
    private bool _hasGrown;
    private uint _cutBytes; // the first bytes of a UTF-8 sequence that a chunk ended in, in order
    private int _cutCount;

    /// <summary>How much has been given out, in UTF-16 units.</summary>
    public int Length => _emitted;

    /// <summary>Whether the chunks turned out, or were said, to hold everything so far.</summary>
    public bool IsCumulative => _mode == ChatTextMode.Cumulative;

    /// <summary>Takes the raw bytes of a JSON string.</summary>
    /// <returns>Whether a piece has become certain.</returns>
    /// <exception cref="AnswerTooLargeException">The text is longer than the limit.</exception>
    public bool Append(ReadOnlySpan<byte> raw, bool escaped, out TextPiece piece)
    {
        if (raw.IsEmpty)
        {
            piece = default;
            return false;
        }

        if (_mode == ChatTextMode.Incremental && _cutCount == 0)
        {
            EnsureRoom(raw.Length);
            int count = JsonText.Decode(raw, escaped, _text.AsSpan(_length), out int incomplete);
            _length += count;
            if (_length > maxLength) throw TooLarge();
            if (!escaped && incomplete == 0 && _length - count == _emitted)
            {
                // UTF-8 decodes to whole pairs, and nothing is held back that could be a half: all of it is certain.
                piece = new TextPiece(new string(_text, _emitted, count), _emitted);
                _emitted = _length;
                return true;
            }

            if (incomplete > 0) KeepCutBytes(raw[^incomplete..]);
            return Emit(mayHoldSurrogates: escaped, out piece);
        }

        return AppendSlowly(raw, escaped, out piece);
    }

    /// <summary>Takes text that is the whole so far, whatever the mode: a message that repeats what the deltas said.</summary>
    public bool Replace(ReadOnlySpan<byte> raw, bool escaped, out TextPiece piece) =>
        TakeSnapshot(JsonText.DecodeWhole(raw, escaped), out piece);

    /// <summary>Takes what a whole text says beyond what has come, where it begins with that.</summary>
    public bool FillGap(string whole, out TextPiece piece)
    {
        piece = default;
        return whole.Length > _length && whole.AsSpan().StartsWith(_text.AsSpan(0, _length)) && TakeSnapshot(whole, out piece);
    }

    /// <summary>Whether the text so far is exactly this JSON string.</summary>
    public bool Is(ReadOnlySpan<byte> raw, bool escaped) =>
        _length > 0 && _text.AsSpan(0, _length).SequenceEqual(JsonText.DecodeWhole(raw, escaped));

    /// <summary>Settles an undecided mode at the finish reason, or at the end of the stream.</summary>
    /// <param name="asCumulative">What an undecided text is to be taken for.</param>
    /// <param name="piece">The piece that becomes certain by it.</param>
    public bool Settle(bool asCumulative, out TextPiece piece)
    {
        piece = default;
        if (_mode != ChatTextMode.Auto || _pending is null) return false;
        return asCumulative ? DecideCumulative(_snapshot, out piece) : DecideIncremental("", out piece);
    }

    /// <summary>Gives out, at the end of the stream, what was held back for its other half. It will not come now.</summary>
    public bool Complete(out TextPiece piece)
    {
        bool settled = Settle(asCumulative: true, out piece);
        if (_cutCount > 0 && _length < maxLength)
        {
            _cutCount = 0;
            EnsureRoom(1);
            _text[_length++] = '\uFFFD';
        }

        if (_emitted == _length) return settled;
        JsonText.ReplaceLoneSurrogates(_text.AsSpan(_emitted, _length - _emitted));
        int offset = settled ? piece.Offset : _emitted;
        piece = new TextPiece(new string(_text, offset, _length - offset), offset);
        _emitted = _length;
        return true;
    }

    /// <summary>The text so far: what has been given out, and nothing else.</summary>
    public override string ToString() => From(0);

    /// <summary>The same from a place in it.</summary>
    public string From(int offset) => new(_text, offset, _emitted - offset);

    /// <summary>Gives back what was borrowed. The text is gone then.</summary>
    public void Release()
    {
        _length = _emitted = 0;
        Return();
    }

    private bool AppendSlowly(ReadOnlySpan<byte> raw, bool escaped, out TextPiece piece)
    {
        byte[]? joined = null;
        if (_cutCount > 0)
        {
            joined = ArrayPool<byte>.Shared.Rent(_cutCount + raw.Length);
            for (int i = 0; i < _cutCount; i++) joined[i] = (byte)(_cutBytes >> (8 * i));
            raw.CopyTo(joined.AsSpan(_cutCount));
            raw = joined.AsSpan(0, _cutCount + raw.Length);
            _cutCount = 0;
        }

        char[] chars = ArrayPool<char>.Shared.Rent(raw.Length);
        try
        {
            int length = JsonText.Decode(raw, escaped, chars, out int incomplete);
            // Of a snapshot that is cut in mid-character the next one repeats the character whole.
            if (incomplete > 0 && _mode != ChatTextMode.Cumulative) KeepCutBytes(raw[^incomplete..]);
            Span<char> chunk = chars.AsSpan(0, length);
            return _mode switch
            {
                ChatTextMode.Incremental => AppendChars(chunk, out piece),
                ChatTextMode.Cumulative => TakeSnapshot(chunk, out piece),
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
        if (grows && (_hasGrown || _snapshot.AsSpan().Trim().Length >= TellingLength)) return DecideCumulative(chunk, out piece);
        _hasGrown |= grows;
        _snapshot = chunk;
        _pending = (_pending ?? new StringBuilder()).Append(chunk);
        if (_pending.Length > maxLength) throw TooLarge();
        piece = default;
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
        return TakeSnapshot(snapshot, out piece);
    }

    private bool AppendChars(ReadOnlySpan<char> chunk, out TextPiece piece)
    {
        if (_length + (long)chunk.Length > maxLength) throw TooLarge();
        EnsureRoom(chunk.Length);
        chunk.CopyTo(_text.AsSpan(_length));
        _length += chunk.Length;
        return Emit(mayHoldSurrogates: true, out piece);
    }

    private bool TakeSnapshot(ReadOnlySpan<char> snapshot, out TextPiece piece)
    {
        piece = default;
        // An empty snapshot beside the finish reason says nothing new; it does not take the answer back.
        if (snapshot.IsEmpty) return false;
        if (snapshot.Length > maxLength) throw TooLarge();

        int common = _text.AsSpan(0, _length).CommonPrefixLength(snapshot);
        // A pair is common to both, or it is not.
        if (common > 0 && char.IsHighSurrogate(snapshot[common - 1])) common--;
        bool goesBack = common < _emitted; // the server rewrites: the next piece begins further back
        if (goesBack) _emitted = common;
        _length = common;
        EnsureRoom(snapshot.Length - common);
        snapshot[common..].CopyTo(_text.AsSpan(common));
        _length = snapshot.Length;
        if (Emit(mayHoldSurrogates: true, out piece) || !goesBack) return piece.Text is not null;

        // Nothing new that could be given out: the piece only takes back.
        piece = new TextPiece("", common);
        return true;
    }

    private bool Emit(bool mayHoldSurrogates, out TextPiece piece)
    {
        int end = _length;
        if (end > _emitted && char.IsHighSurrogate(_text[end - 1])) end--;
        if (end == _emitted)
        {
            piece = default;
            return false;
        }

        // UTF-8 decodes to whole pairs; only escapes, and what was held back, can bring halves.
        if (mayHoldSurrogates || char.IsSurrogate(_text[_emitted])) JsonText.ReplaceLoneSurrogates(_text.AsSpan(_emitted, end - _emitted));
        piece = new TextPiece(new string(_text, _emitted, end - _emitted), _emitted);
        _emitted = end;
        return true;
    }

    private void KeepCutBytes(ReadOnlySpan<byte> bytes)
    {
        _cutCount = bytes.Length;
        _cutBytes = 0;
        for (int i = 0; i < bytes.Length; i++) _cutBytes |= (uint)bytes[i] << (8 * i);
    }

    /// <summary>Forgets what has not been given out, so that what has been stays within the limit.</summary>
    private AnswerTooLargeException TooLarge()
    {
        _length = _emitted;
        _pending = null;
        _cutCount = 0;
        return new AnswerTooLargeException($"{what} is longer than {maxLength} characters");
    }

    private void EnsureRoom(int count)
    {
        if (_length + count <= _text.Length) return;
        // Borrowed, because a long text doubles many times, and its last size is that of large objects.
        char[] larger = ArrayPool<char>.Shared.Rent(Math.Max(_length + count, Math.Max(64, _text.Length * 2)));
        _text.AsSpan(0, _length).CopyTo(larger);
        Return();
        _text = larger;
    }

    private void Return()
    {
        if (_text.Length > 0) ArrayPool<char>.Shared.Return(_text);
        _text = [];
    }
}

/// <summary>A text that grew over its limit. Never leaves the library: the read loop translates it.</summary>
internal sealed class AnswerTooLargeException(string message) : Exception(message);
