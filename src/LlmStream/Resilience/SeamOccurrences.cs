namespace LlmStream.Resilience;

/// <summary>
/// The places in a text where a growing text occurs and may go on: all but its very end. With each added character some are ruled out,
/// so that the work is bounded by the square of the length of the given text, however long the other becomes.
/// </summary>
internal sealed class SeamOccurrences(string text)
{
    private readonly List<int> _starts = [];
    private int _length; // of the growing text, as far as it was compared

    /// <summary>Compares what has been added.</summary>
    /// <param name="grown">The growing text, all of it.</param>
    /// <returns>Whether it occurs, and not only at the end: what follows may repeat what follows there.</returns>
    public bool MayContinue(ReadOnlySpan<char> grown)
    {
        if (_length == 0)
        {
            _starts.Clear();
            for (int i = 0; i < text.Length - 1; i++) _starts.Add(i);
        }

        if (grown.Length >= text.Length) _starts.Clear();
        for (; _length < grown.Length && _starts.Count > 0; _length++)
        {
            int index = _length;
            char added = grown[index];
            _starts.RemoveAll(start => start + index >= text.Length - 1 || text[start + index] != added);
        }

        _length = grown.Length;
        return _starts.Count > 0;
    }

    /// <summary>The growing text was truncated.</summary>
    public void Rewind() => _length = 0;
}
