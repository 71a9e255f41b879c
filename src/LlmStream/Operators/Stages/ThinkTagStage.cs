using System.Text;
using LlmStream.Operators.Text;

namespace LlmStream.Operators.Stages;

/// <summary>Takes the tags out of one choice's text, and what stands between them into its reasoning.</summary>
/// <remarks>
/// Invariant: the text up to <c>_end</c> has been read; its end that may be a tag is <c>_tag</c>, and the rest has become
/// <c>_textEnd</c> characters of text and <c>_reasoningEnd</c> of reasoning. <c>_marks</c> has each tag that was taken out,
/// and what was true before it, so that a server that takes text back is followed across them.
/// </remarks>
internal sealed class ThinkTagStage(ThinkTagOptions options) : TextStage
{
    private readonly List<Mark> _marks = [];
    private readonly StringBuilder _tag = new();
    private bool _isInside = options.StartsInside;
    private int _end;
    private int _textEnd;
    private int _reasoningEnd;
    private char _before; // the character before the tag
    private bool _hasWords; // whether there is text that is not white space
    private bool _isReasoningSeparate; // whether the server sends reasoning of its own
    private StringBuilder? _soFar = options.StartsInside ? null : new StringBuilder(); // the text, until it is known to be none but text
    private ChatDelta? _last;

    // What the delta in hand becomes.
    private readonly StringBuilder _text = new();
    private StringBuilder? _reasoning;
    private int _textStart;
    private int _reasoningStart;

    private readonly record struct Mark(int Start, string Tag, bool IsInside, int TextEnd, int ReasoningEnd);

    public override ChatDelta? Take(ChatDelta delta)
    {
        _last = delta;
        Begin();
        int delivered = _textEnd;
        TakeOwnReasoning(delta);
        if (delta.TextOffset < _end) TakeBack(delta.TextOffset);
        else _end = delta.TextOffset; // what was left out on the way here, is as if it had never been
        _textStart = _textEnd;

        bool isPlain = !_isInside && _tag.Length == 0 && delta.FinishReason is null && _reasoning is null && !delta.Text.Contains('<');
        if (isPlain)
        {
            AddText(delta.Text);
            _end += delta.Text.Length;
            if (_textStart == delta.TextOffset) return delta;
        }
        else
        {
            foreach (char c in delta.Text) Read(c);
            if (delta.FinishReason is not null) Settle();
        }

        if (_text.Length == 0 && _reasoning is null && delta.IsTextOnly && _textStart >= delivered) return null;
        return new ChatDelta(delta)
        {
            Text = _text.ToString(),
            TextOffset = _textStart,
            Reasoning = _reasoning?.ToString(),
            ReasoningOffset = _reasoning is null ? _reasoningEnd : _reasoningStart,
        };
    }

    public override ChatDelta? Rest()
    {
        if (_last is null || _tag.Length == 0) return null;
        Begin();
        _textStart = _textEnd;
        Settle();
        if (_text.Length == 0 && _reasoning is null) return null;
        return new ChatDelta(_last.WithOnlyText(_text.ToString(), _textStart)) { Reasoning = _reasoning?.ToString(), ReasoningOffset = _reasoningStart };
    }

    private void Begin()
    {
        _text.Clear();
        _reasoning = null;
    }

    private void TakeOwnReasoning(ChatDelta delta)
    {
        if (delta.Reasoning is null) return;
        _isReasoningSeparate = true;
        _soFar = null;
        if (_marks.Count == 0) _reasoningEnd = delta.ReasoningOffset; // with both kinds there is one order: as they come
        AddReasoning(delta.Reasoning);
    }

    private void Read(char c)
    {
        _end++;
        if (_tag.Length == 0)
        {
            if (c == '<') _tag.Append(c);
            else AddChar(c);
            return;
        }

        if (_tag[^1] == '>') // a whole tag behind a quotation mark: is one behind it too?
        {
            _end--;
            if (ThinkTag.IsQuote(c)) ReleaseTag();
            else TakeTag();
            Read(c);
            return;
        }

        _tag.Append(c);
        Span<char> tag = stackalloc char[ThinkTag.MaxLength + 1];
        _tag.CopyTo(0, tag, _tag.Length);
        switch (ThinkTag.Classify(tag[.._tag.Length]))
        {
            case ThinkTagKind.None:
                _tag.Length--;
                _end--;
                ReleaseTag();
                Read(c);
                break;
            case ThinkTagKind.Opening or ThinkTagKind.Closing when !ThinkTag.IsQuote(_before):
                TakeTag();
                break;
        }
    }

    /// <summary>Decides on what is held back: nothing follows it.</summary>
    private void Settle()
    {
        if (_tag.Length == 0) return;
        if (_tag[^1] == '>') TakeTag();
        else ReleaseTag();
    }

    /// <summary>A tag has come, whole. One that means nothing here stays text.</summary>
    private void TakeTag()
    {
        string tag = _tag.ToString();
        bool opens = tag[1] != '/';
        bool isLone = !opens && !_isInside && _marks.Count == 0 && _soFar is not null && !_isReasoningSeparate;
        bool counts = opens ? !_isInside && !(options.OnlyAtStart && _hasWords) : _isInside || isLone;
        if (!counts)
        {
            ReleaseTag();
            return;
        }

        if (isLone) MoveTextToReasoning();
        _marks.Add(new Mark(_end - tag.Length, tag, _isInside, _textEnd, _reasoningEnd));
        _tag.Clear();
        _isInside = opens;
        _before = '>';
        _soFar = null;
    }

    /// <summary>The answer had begun inside the tag: all its text was reasoning.</summary>
    private void MoveTextToReasoning()
    {
        string text = _soFar!.ToString();
        _isInside = true;
        _hasWords = false;
        _text.Clear();
        _textStart = _textEnd = 0;
        AddReasoning(text);
    }

    private void ReleaseTag()
    {
        string text = _tag.ToString();
        _tag.Clear();
        foreach (char c in text) AddChar(c);
    }

    private void AddChar(char c)
    {
        _before = c;
        if (_isInside) AddReasoning([c]);
        else AddText([c]);
    }

    private void AddText(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return;
        _text.Append(text);
        _soFar?.Append(text);
        _textEnd += text.Length;
        _before = text[^1];
        if (!_hasWords) _hasWords = !text.IsWhiteSpace();
    }

    private void AddReasoning(ReadOnlySpan<char> text)
    {
        if (_reasoning is null)
        {
            _reasoning = new StringBuilder();
            _reasoningStart = _reasoningEnd;
        }

        _reasoning.Append(text);
        _reasoningEnd += text.Length;
    }

    private void TakeBack(int offset)
    {
        int start = _end - _tag.Length;
        _end = offset;
        if (offset >= start)
        {
            _tag.Length = offset - start;
            return;
        }

        _tag.Clear();
        _before = '\0';
        int reasoningEnd = _reasoningEnd;
        while (_marks.Count > 0 && _marks[^1].Start + _marks[^1].Tag.Length > offset)
        {
            Mark mark = _marks[^1];
            _marks.RemoveAt(_marks.Count - 1);
            start = mark.Start;
            (_isInside, _textEnd, _reasoningEnd) = (mark.IsInside, mark.TextEnd, mark.ReasoningEnd);
            if (offset > start) _tag.Append(mark.Tag.AsSpan(0, offset - start));
        }

        int back = Math.Max(0, start - offset);
        if (_isInside) _reasoningEnd = Math.Max(0, _reasoningEnd - back);
        else _textEnd = Math.Max(0, _textEnd - back);
        if (_textEnd == 0) _hasWords = false;

        if (_soFar is not null) _soFar.Length = Math.Min(_soFar.Length, _textEnd);
        else if (offset == 0 && !options.StartsInside && !_isReasoningSeparate) _soFar = new StringBuilder();
        if (offset == 0) _isInside = options.StartsInside;
        if (_reasoningEnd < reasoningEnd) AddReasoning("");
    }
}
