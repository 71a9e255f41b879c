using System.Diagnostics.CodeAnalysis;
using LlmStream.Operators.Text;

namespace LlmStream.Operators.Stages;

/// <summary>The deltas that have come and not been shown, and how much of them may be shown now.</summary>
/// <remarks>
/// All is counted in columns, as a terminal does: an ideograph or an emoji takes two. Invariant: the first delta has been
/// delivered up to <c>_index</c>, and <c>Backlog</c> is the columns of the rest and of the deltas behind it.
/// </remarks>
internal sealed class SmoothQueue
{
    private readonly Queue<ChatDelta> _deltas = new();
    private int _index;
    private double _credit;

    public long Backlog { get; private set; }

    public bool IsEmpty => _deltas.Count == 0;

    /// <summary>Adds a delta. One that has both reasoning and text is divided in two.</summary>
    public void Add(ChatDelta delta)
    {
        if (delta.Reasoning is not null && delta.Text.Length > 0)
        {
            Add(delta.Slice("", delta.TextOffset, isFirst: true, isLast: false));
            Add(delta.Slice(delta.Text, delta.TextOffset, isFirst: false, isLast: true));
            return;
        }

        _deltas.Enqueue(delta);
        Backlog += Columns(delta.Text) + Columns(delta.Reasoning);
    }

    /// <summary>Allows so many more columns. What is not used up is kept, but for no more than one character.</summary>
    public void Allow(double columns) => _credit = Math.Min(_credit, 2) + columns;

    /// <summary>Takes what may be shown next. A delta that shows nothing costs nothing.</summary>
    public bool TryTake([NotNullWhen(true)] out ChatDelta? shown)
    {
        shown = null;
        if (!_deltas.TryPeek(out ChatDelta? delta)) return false;

        int start = _index;
        if (delta.Reasoning is { Length: > 0 } reasoning)
        {
            // Reasoning is not divided: it is shown when there is any credit, and the pace makes up for it afterwards.
            if (_credit <= 0) return false;
            Spend(Columns(reasoning));
        }

        while (_index < delta.Text.Length)
        {
            ReadOnlySpan<char> rest = delta.Text.AsSpan(_index);
            if (_credit < Columns(rest[0])) break;
            Spend(Columns(rest[0]));
            _index += Graphemes.FirstLength(rest);
        }

        bool isLast = _index == delta.Text.Length;
        if (_index == start && !isLast) return false;
        shown = start == 0 && isLast ? delta : delta.Slice(delta.Text[start.._index], delta.TextOffset + start, start == 0, isLast);
        if (!isLast) return true;
        _deltas.Dequeue();
        _index = 0;
        return true;
    }

    private void Spend(long columns)
    {
        _credit -= columns;
        Backlog -= columns;
    }

    private static long Columns(ReadOnlySpan<char> text)
    {
        long columns = 0;
        while (!text.IsEmpty)
        {
            columns += Columns(text[0]);
            text = text[Graphemes.FirstLength(text)..];
        }

        return columns;
    }

    /// <summary>The columns of a character that begins so: two for East Asian scripts and for what needs a surrogate pair.</summary>
    private static int Columns(char c) => c is (>= '\u1100' and <= '\u115F') or (>= '\u2E80' and <= '\uA4CF') or (>= '\uAC00' and <= '\uDFFF')
        or (>= '\uF900' and <= '\uFAFF') or (>= '\uFE30' and <= '\uFE4F') or (>= '\uFF00' and <= '\uFF60') or (>= '\uFFE0' and <= '\uFFE6') ? 2 : 1;
}
