using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using LlmStream.Answers;
using LlmStream.Json;

namespace LlmStream.Dialects.Responses;

/// <summary>
/// One text of the answer (the text, the refusal, or the reasoning), which the parts of many items form, in the order in which their
/// deltas came.
/// </summary>
/// <remarks>
/// <para>
/// A server repeats the content of a part up to three times after its deltas. The whole that comes last counts: what it has more is
/// delivered, and what it has otherwise replaces the deltas. Copilot, for example, encrypts deltas and sends the plain content only at
/// the end (github.com/lidge-jun/opencodex/issues/995). Two wholes change nothing: one that is empty (some gateways leave it out), and
/// one that differs only in white space at its ends (some servers trim it).
/// </para>
/// <para>
/// Invariant: <c>_segments</c> cover the received text without gaps, and each part knows its segments. A replacement of the last
/// segment is made at once; any other waits for <see cref="Complete"/>, so that all of them together rewrite the text once.
/// </para>
/// <para>
/// A delta of the part of the last segment changes nothing here, so that a template can stand for it. A delta of any other part begins a
/// segment, which is a state change.
/// </para>
/// </remarks>
internal sealed class ResponsesText(AnswerBuilder answer, ChoiceText kind)
{
    private List<Segment> _segments = [];
    private bool _hasReplacements;

    private GrowingText? Text => answer.Choices.Count > 0 ? answer.EditChoice(0).TextOf(kind) : null;

    private int Length => Text?.ReceivedLength ?? 0;

    /// <summary>Adds a delta to a part.</summary>
    public void Append(ResponsesPart part, in JsonSlice delta)
    {
        Begin(part);
        ChoiceBuilder choice = answer.EditChoice(0);
        switch (kind)
        {
            case ChoiceText.Text:
                choice.AddText(delta.Raw, delta.IsEscaped, start: delta.Start);
                break;
            case ChoiceText.Reasoning:
                choice.AddReasoning(delta.Raw, delta.IsEscaped, start: delta.Start);
                break;
            default:
                choice.AddRefusal(delta.Raw, delta.IsEscaped);
                break;
        }
    }

    /// <summary>Compares the whole content of a part with what came of it, and adds or replaces what differs.</summary>
    public void SetWhole(ResponsesPart part, in JsonSlice whole)
    {
        // Nearly always it is the same. Then it is not copied.
        bool isSame = part is { Replacement: null, Segments: [var only] }
            && JsonText.AreEqual(whole.Raw, whole.IsEscaped, ContentOf(only));
        if (!isSame && !whole.IsEmpty) SetWhole(part, whole.Decode());
    }

    private void SetWhole(ResponsesPart part, string whole)
    {
        if (!part.HasContent)
        {
            Begin(part);
            answer.EditChoice(0).ReplaceEnd(kind, Length, whole);
            return;
        }

        if (IsSame(part, whole)) return;
        if (part.Segments is [var only] && only == _segments.Count - 1 && part.Replacement is null)
        {
            answer.EditChoice(0).ReplaceEnd(kind, _segments[only].Start, whole);
            return;
        }

        part.Replacement = whole;
        _hasReplacements = true;
    }

    /// <summary>What came of a part.</summary>
    public string ContentOf(ResponsesPart part) =>
        part.Replacement ?? string.Concat(part.Segments.Select(segment => ContentOf(segment).ToString()));

    /// <summary>Whether the text has this content from an offset on, which then becomes the offset after it.</summary>
    public bool Continues(in JsonSlice content, ref int offset)
    {
        if (Text is not { } text) return false;
        int length = JsonText.LengthAtStart(content.Raw, content.IsEscaped, text.Received(offset, Length - offset));
        offset += Math.Max(length, 0);
        return length >= 0;
    }

    /// <summary>Whether this is the length of the whole text, and it is not empty.</summary>
    public bool IsLength(int length) => length > 0 && length == Length;

    /// <summary>Makes the replacements that wait.</summary>
    public void Complete()
    {
        if (!_hasReplacements) return;
        _hasReplacements = false;
        List<Segment> old = _segments;
        int first = old.FindIndex(segment => segment.Part.Replacement is not null);
        int start = old[first].Start;
        var end = new StringBuilder();
        List<Segment> rewritten = [];
        for (int i = 0; i < old.Count; i++)
        {
            Segment segment = old[i];
            string? replacement = segment.Part.Replacement;
            if (replacement is not null && segment.Part.Segments[0] != i) continue; // its other segments are in the first one
            rewritten.Add(i < first ? segment : segment with { Start = start + end.Length });
            if (i >= first) end.Append(replacement ?? ContentOf(i).ToString());
        }

        answer.EditChoice(0).ReplaceEnd(kind, start, end.ToString());
        _segments = rewritten;
        foreach (Segment segment in old)
        {
            segment.Part.Segments.Clear();
            segment.Part.Replacement = null;
        }

        for (int i = 0; i < rewritten.Count; i++) rewritten[i].Part.Segments.Add(i);
    }

    /// <summary>Whether the whole content of a part changes nothing. The usual part, of one segment, is not copied.</summary>
    private bool IsSame(ResponsesPart part, string whole) =>
        IsSame(part is { Replacement: null, Segments: [var only] } ? ContentOf(only) : ContentOf(part), whole);

    private static bool IsSame(ReadOnlySpan<char> known, ReadOnlySpan<char> whole) =>
        known.SequenceEqual(whole) || (known.Trim().SequenceEqual(whole.Trim()) && !whole.StartsWith(known));

    private void Begin(ResponsesPart part)
    {
        int length = Length;
        if (_segments is [.., var last] && last.Part == part) return;
        Debug.Assert(_segments.Count == 0 || _segments[^1].Start <= length, "The segments are in the order of the text");
        answer.Recorder.ForgetEarlier();
        part.Segments.Add(_segments.Count);
        _segments.Add(new Segment(part, length));
    }

    private ReadOnlySpan<char> ContentOf(int segment)
    {
        // A server that takes text back, as cumulative streams may, can make it shorter than the segments.
        int start = Math.Min(_segments[segment].Start, Length);
        int end = segment + 1 < _segments.Count ? Math.Min(_segments[segment + 1].Start, Length) : Length;
        return Text is { } text ? text.Received(start, end - start) : default;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Segment(ResponsesPart Part, int Start);
}
