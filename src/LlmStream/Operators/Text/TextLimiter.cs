namespace LlmStream.Operators.Text;

/// <summary>
/// A text that is let through until its budget is spent, and then cut before the grapheme that does not fit.
/// </summary>
/// <remarks>
/// Invariant: <c>_tail</c> is the last grapheme so far, from its beginning to <c>_end</c>; it has been delivered, or is held
/// back because it might grow over the budget.
/// </remarks>
internal sealed class LimitedText(LimitBudget budget)
{
    private string _tail = "";
    private bool _isHeld;
    private int _end;

    /// <summary>Where the delivered text ends, and the next piece begins.</summary>
    public int Delivered => _isHeld ? _end - _tail.Length : _end;

    /// <summary>Takes the next piece.</summary>
    /// <param name="text">The piece.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="isOver">Whether the budget is spent: more came than it allows.</param>
    /// <returns>What is to be delivered now; it begins where <see cref="Delivered"/> said after <see cref="MoveTo"/>.</returns>
    public string Take(string text, int offset, out bool isOver)
    {
        if (offset != _end) MoveTo(offset);
        isOver = false;
        if (text.Length == 0) return "";

        long cost = budget.Cost(text);
        if (!_isHeld && budget.Remaining - cost >= budget.Slack && Graphemes.EndsSimply(text))
        {
            // Far from the end, in text whose characters stand each for itself: nearly always.
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
            // A tail of the greatest length is let go: whatever follows, is cut from it.
            bool isWhole = joined.Length - lastStart >= Graphemes.MaxLength;
            _isHeld = !isWhole && lastStart >= from && budget.Remaining < budget.Slack;
            _tail = isWhole ? "" : joined[lastStart..];
            to = _isHeld ? lastStart : joined.Length;
        }

        return from == 0 && to == joined.Length ? joined : joined[from..to];
    }

    /// <summary>Lets go of what is held back: nothing follows it.</summary>
    public string Release()
    {
        if (!_isHeld) return "";
        _isHeld = false;
        return _tail;
    }

    /// <summary>Goes on at another place: the server took something back, or something was left out on the way here.</summary>
    public void MoveTo(int offset)
    {
        if (offset == _end) return;
        int start = _end - _tail.Length;
        _tail = offset > start && offset < _end ? _tail[..(offset - start)] : "";
        _isHeld &= _tail.Length > 0;
        _end = offset;
        budget.MoveTo(offset);
    }

    /// <summary>The last boundary up to which the text fits. What stands before <paramref name="known"/> has been paid for.</summary>
    private int FindCut(string joined, int known)
    {
        var boundaries = new List<int> { 0 };
        int next = 0;
        while ((next += Graphemes.FirstLength(joined.AsSpan(next))) < joined.Length) boundaries.Add(next);

        // What more text costs is never less: the last that fits is found by halving.
        int low = 0, high = boundaries.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (boundaries[middle] <= known || budget.Cost(joined.AsSpan(known, boundaries[middle] - known)) <= budget.Remaining) low = middle;
            else high = middle - 1;
        }

        return boundaries[low];
    }
}
