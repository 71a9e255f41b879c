using System.Diagnostics;

namespace LlmStream.Operators.Text;

/// <summary>Passes a text on until its budget is spent, and cuts it before the grapheme that does not fit.</summary>
/// <remarks>
/// Invariant: <c>_tail</c> is the last grapheme so far and ends at <c>_end</c>. It has been delivered, or is held back because it
/// might grow beyond the budget. It is empty if nothing can continue it.
/// </remarks>
internal sealed class TextLimiter(LimitBudget budget)
{
    private string _tail = "";
    private bool _isHeld;
    private int _end;

    /// <summary>Where the delivered text ends, and the next piece begins.</summary>
    public int DeliveredEnd => _isHeld ? _end - _tail.Length : _end;

    /// <summary>Adds the next piece.</summary>
    /// <param name="text">The piece.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="isOver">Whether it exceeds the budget.</param>
    /// <returns>What to deliver now. It begins at <see cref="DeliveredEnd"/> as it was after <see cref="MoveTo"/>.</returns>
    public string Add(string text, int offset, out bool isOver)
    {
        if (offset != _end) MoveTo(offset);
        isOver = false;
        if (text.Length == 0) return "";

        long cost = budget.Cost(text);
        if (!_isHeld && budget.Remaining - cost >= budget.Slack && Graphemes.EndsSimply(text))
        {
            // The common case: far from the limit, and the last grapheme is one character.
            budget.Spend(cost);
            _end += text.Length;
            _tail = text[^1..];
            return text;
        }

        string joined = _tail.Length == 0 ? text : _tail + text;
        int from = _isHeld ? 0 : joined.Length - text.Length;
        isOver = cost > budget.Remaining;
        int to;
        if (isOver)
        {
            to = Math.Max(from, FindCut(joined, joined.Length - text.Length));
            _end += to - (joined.Length - text.Length);
            _tail = "";
            _isHeld = false;
        }
        else
        {
            budget.Spend(cost);
            _end += text.Length;
            int lastStart = Graphemes.LastStart(joined);
            // A grapheme of the maximum length is complete: whatever follows is separated from it.
            bool isComplete = joined.Length - lastStart >= Graphemes.MaxLength;
            _isHeld = !isComplete && lastStart >= from && budget.Remaining < budget.Slack;
            _tail = isComplete ? "" : joined[lastStart..];
            to = _isHeld ? lastStart : joined.Length;
        }

        Debug.Assert(_tail.Length < Graphemes.MaxLength && _tail.Length <= _end, "The tail is one grapheme that may still grow.");
        Debug.Assert(!_isHeld || _tail.Length > 0, "Only a grapheme is held back.");
        return from == 0 && to == joined.Length ? joined : joined[from..to];
    }

    /// <summary>Returns what is held back: nothing follows it.</summary>
    public string Release()
    {
        if (!_isHeld) return "";
        _isHeld = false;
        return _tail;
    }

    /// <summary>Continues at another offset: the server rewrote the text, or deltas were dropped before this operator.</summary>
    public void MoveTo(int offset)
    {
        if (offset == _end) return;
        int start = _end - _tail.Length;
        _tail = offset > start && offset < _end ? _tail[..(offset - start)] : "";
        _isHeld &= _tail.Length > 0;
        _end = offset;
        budget.MoveTo(offset);
    }

    /// <summary>The last boundary up to which the text fits. What stands before <paramref name="paid"/> has been paid for.</summary>
    private int FindCut(string joined, int paid)
    {
        var boundaries = new List<int> { 0 };
        int next = 0;
        while ((next += Graphemes.FirstLength(joined.AsSpan(next))) < joined.Length) boundaries.Add(next);

        // Binary search: a longer text never costs less.
        int low = 0, high = boundaries.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            int boundary = boundaries[middle];
            if (boundary <= paid || budget.Cost(joined.AsSpan(paid, boundary - paid)) <= budget.Remaining) low = middle;
            else high = middle - 1;
        }

        return boundaries[low];
    }
}
