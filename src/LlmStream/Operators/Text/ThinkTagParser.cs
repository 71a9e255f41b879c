using System.Diagnostics;
using System.Text;

namespace LlmStream.Operators.Text;

/// <summary>Separates the text of one choice from the reasoning that stands between tags in it.</summary>
/// <remarks>
/// Invariant: the input up to <c>_end</c> has been read. Its end that may be a tag is <c>_tag</c>; the rest has become
/// <see cref="TextEnd"/> characters of text and <see cref="ReasoningEnd"/> of reasoning. <c>_marks</c> has each tag that was removed,
/// in order, and the state before it, so that input that the server rewrites is followed across tags.
/// </remarks>
internal sealed class ThinkTagParser(ThinkTagOptions options)
{
    private readonly List<Mark> _marks = [];
    private readonly StringBuilder _tag = new();
    private readonly StringBuilder _text = new();
    private bool _isInside = options.StartsInside;
    private int _end;
    private char _before; // the character before the tag
    private bool _hasVisibleText;
    private bool _isReasoningSeparate; // the server sends reasoning in a separate field
    private int _reasoningStart;

    // All text so far, until a tag or separate reasoning is found: a closing tag without an opening one turns it into reasoning.
    private StringBuilder? _textBeforeFirstTag = options.StartsInside ? null : new StringBuilder();

    private readonly record struct Mark(int Start, string Tag, bool IsInside, int TextEnd, int ReasoningEnd)
    {
        public int End => Start + Tag.Length;
    }

    /// <summary>The text that was found since <see cref="BeginOutput"/>.</summary>
    public StringBuilder Text => _text;

    /// <summary>Where <see cref="Text"/> begins.</summary>
    public int TextStart { get; private set; }

    /// <summary>Where the text found so far ends.</summary>
    public int TextEnd { get; private set; }

    /// <summary>The reasoning that was found since <see cref="BeginOutput"/>, or null. Empty if reasoning was only removed.</summary>
    public StringBuilder? Reasoning { get; private set; }

    /// <summary>Where <see cref="Reasoning"/> begins.</summary>
    public int ReasoningStart => Reasoning is null ? ReasoningEnd : _reasoningStart;

    /// <summary>Where the reasoning found so far ends.</summary>
    public int ReasoningEnd { get; private set; }

    /// <summary>Whether input is held back because it may be a tag.</summary>
    public bool IsHolding => _tag.Length > 0;

    /// <summary>Clears the output, which has been delivered.</summary>
    public void BeginOutput()
    {
        _text.Clear();
        Reasoning = null;
        TextStart = TextEnd;
    }

    /// <summary>Adds reasoning that the server sent in a separate field.</summary>
    public void AddSeparateReasoning(string reasoning, int offset)
    {
        _isReasoningSeparate = true;
        _textBeforeFirstTag = null;
        // After a tag there are two kinds of reasoning. They share one count, in order of arrival.
        if (_marks.Count == 0) ReasoningEnd = offset;
        AddReasoning(reasoning);
    }

    /// <summary>Reads on.</summary>
    /// <param name="text">The next piece of the input.</param>
    /// <param name="offset">Where it begins; before the end of the last one if the server rewrote the input.</param>
    /// <returns>Whether all of it, and nothing else, has become text.</returns>
    public bool Read(string text, int offset)
    {
        if (offset < _end) Rewind(offset);
        else _end = offset; // deltas were dropped before this operator: as if the gap did not exist
        TextStart = TextEnd;

        bool isUnchanged = !_isInside && _tag.Length == 0 && !text.Contains('<');
        if (isUnchanged)
        {
            AddText(text);
            _end += text.Length;
        }
        else
        {
            foreach (char c in text) Read(c);
        }

        Debug.Assert(_marks.Count == 0 || _marks[^1].End <= _end - _tag.Length, "A removed tag lies before the input that is held back.");
        return isUnchanged;
    }

    /// <summary>Decides what the held back input is: nothing follows it.</summary>
    public void End()
    {
        if (_tag.Length == 0) return;
        if (_tag[^1] == '>') AcceptTag();
        else RejectTag();
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

        if (_tag[^1] == '>') // a complete tag after a quotation mark: is it followed by one too?
        {
            _end--;
            if (ThinkTag.IsQuote(c)) RejectTag();
            else AcceptTag();
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
                RejectTag();
                Read(c);
                break;
            case ThinkTagKind.Opening or ThinkTagKind.Closing when !ThinkTag.IsQuote(_before):
                AcceptTag();
                break;
        }
    }

    /// <summary>Handles a complete tag. One that has no effect here stays text.</summary>
    private void AcceptTag()
    {
        string tag = _tag.ToString();
        bool isOpening = tag[1] != '/';
        bool isUnopened = !isOpening && !_isInside && _marks.Count == 0 && _textBeforeFirstTag is not null && !_isReasoningSeparate;
        bool hasEffect = isOpening ? !_isInside && !(options.OnlyAtStart && _hasVisibleText) : _isInside || isUnopened;
        if (!hasEffect)
        {
            RejectTag();
            return;
        }

        if (isUnopened) MoveTextToReasoning();
        _marks.Add(new Mark(_end - tag.Length, tag, _isInside, TextEnd, ReasoningEnd));
        _tag.Clear();
        _isInside = isOpening;
        _before = '>';
        _textBeforeFirstTag = null;
    }

    /// <summary>The input began inside the tag: all its text was reasoning.</summary>
    private void MoveTextToReasoning()
    {
        string text = _textBeforeFirstTag!.ToString();
        _isInside = true;
        _hasVisibleText = false;
        _text.Clear();
        TextStart = TextEnd = 0;
        AddReasoning(text);
    }

    private void RejectTag()
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
        _textBeforeFirstTag?.Append(text);
        TextEnd += text.Length;
        _before = text[^1];
        if (!_hasVisibleText) _hasVisibleText = !text.IsWhiteSpace();
    }

    private void AddReasoning(ReadOnlySpan<char> text)
    {
        if (Reasoning is null)
        {
            Reasoning = new StringBuilder();
            _reasoningStart = ReasoningEnd;
        }

        Reasoning.Append(text);
        ReasoningEnd += text.Length;
    }

    /// <summary>The server rewrites the input from an offset on: restores the state at that offset.</summary>
    private void Rewind(int offset)
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
        int reasoningEnd = ReasoningEnd;
        while (_marks.Count > 0 && _marks[^1].End > offset)
        {
            Mark mark = _marks[^1];
            _marks.RemoveAt(_marks.Count - 1);
            start = mark.Start;
            (_isInside, TextEnd, ReasoningEnd) = (mark.IsInside, mark.TextEnd, mark.ReasoningEnd);
            if (offset > start) _tag.Append(mark.Tag.AsSpan(0, offset - start));
        }

        int removed = Math.Max(0, start - offset);
        if (_isInside) ReasoningEnd = Math.Max(0, ReasoningEnd - removed);
        else TextEnd = Math.Max(0, TextEnd - removed);
        if (TextEnd == 0) _hasVisibleText = false;

        if (_textBeforeFirstTag is not null) _textBeforeFirstTag.Length = Math.Min(_textBeforeFirstTag.Length, TextEnd);
        else if (offset == 0 && !options.StartsInside && !_isReasoningSeparate) _textBeforeFirstTag = new StringBuilder();
        if (offset == 0) _isInside = options.StartsInside;
        if (ReasoningEnd < reasoningEnd) AddReasoning(""); // its offset shows that reasoning was removed
    }
}
