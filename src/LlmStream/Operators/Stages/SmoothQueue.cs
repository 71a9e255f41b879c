using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using LlmStream.Operators.Text;

namespace LlmStream.Operators.Stages;

/// <summary>The deltas that have arrived and have not been delivered, and how much of them may be delivered now.</summary>
/// <remarks>
/// Amounts are in columns, as a terminal counts them: an ideograph or an emoji takes two. Invariant: the first delta has been
/// delivered up to <c>_index</c>, and <see cref="Backlog"/> is the columns of its rest and of the deltas after it.
/// </remarks>
internal sealed class SmoothQueue
{
    private readonly Queue<ChatDelta> _deltas = new();
    private int _index;
    private double _credit;

    /// <summary>How much waits, in columns.</summary>
    public long Backlog { get; private set; }

    public bool IsEmpty => _deltas.Count == 0;

    /// <summary>Adds a delta. One that has both reasoning and text is divided in two.</summary>
    public void Enqueue(ChatDelta delta)
    {
        if (delta.Reasoning.Length > 0 && delta.Text.Length > 0)
        {
            Enqueue(delta.Slice("", delta.TextOffset, isFirst: true, isLast: false));
            Enqueue(delta.Slice(delta.Text, delta.TextOffset, isFirst: false, isLast: true));
            return;
        }

        _deltas.Enqueue(delta);
        Backlog += Columns(delta.Text) + Columns(delta.Reasoning);
    }

    /// <summary>Allows so many more columns. Unused credit is kept, but for no more than one character.</summary>
    public void AddCredit(double columns) => _credit = Math.Min(_credit, 2) + columns;

    /// <summary>Removes what may be delivered next: a delta or a part of one. A delta without text and reasoning is free.</summary>
    public bool TryDequeue([NotNullWhen(true)] out ChatDelta? delivered)
    {
        delivered = null;
        if (!_deltas.TryPeek(out ChatDelta? delta)) return false;

        int start = _index;
        if (delta.Reasoning.Length > 0)
        {
            // Reasoning is not divided: it is delivered if there is any credit, which may become negative.
            if (_credit <= 0) return false;
            Spend(Columns(delta.Reasoning));
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
        delivered = start == 0 && isLast ? delta : delta.Slice(delta.Text[start.._index], delta.TextOffset + start, start == 0, isLast);
        if (!isLast) return true;
        _deltas.Dequeue();
        _index = 0;
        Debug.Assert(Backlog >= 0 && (!IsEmpty || Backlog == 0), "The backlog is the columns of what has not been delivered.");
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

    /// <summary>The columns of a grapheme that begins so: two for East Asian scripts and for surrogate pairs.</summary>
    private static int Columns(char c) =>
        c is (>= '\u1100' and <= '\u115F') or (>= '\u2E80' and <= '\uA4CF') or (>= '\uAC00' and <= '\uDFFF')
            or (>= '\uF900' and <= '\uFAFF') or (>= '\uFE30' and <= '\uFE4F')
            or (>= '\uFF00' and <= '\uFF60') or (>= '\uFFE0' and <= '\uFFE6') ? 2 : 1;
}
