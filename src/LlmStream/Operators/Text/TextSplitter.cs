using System.Diagnostics;
using System.Text;

namespace LlmStream.Operators.Text;

/// <summary>Divides a text into segments (lines, sentences), each returned when it is complete.</summary>
/// <remarks>Invariant: between calls <see cref="Held"/> is the text from the beginning of the current segment up to <c>_end</c>.</remarks>
internal abstract class TextSplitter
{
    private readonly List<string> _segments = [];
    private int _end;

    /// <summary>The current segment, as far as it has arrived.</summary>
    protected StringBuilder Held { get; } = new();

    /// <summary>Reads on.</summary>
    /// <param name="text">The next piece of the text.</param>
    /// <param name="offset">Where it begins, in UTF-16 code units; before the end of the last one if the server rewrote the text.</param>
    public void Read(string text, int offset)
    {
        if (offset < _end)
        {
            // Segments that were returned stay returned.
            int start = _end - Held.Length;
            Truncate(Math.Max(0, offset - start));
        }

        foreach (char c in text) Read(c);
        _end = offset + text.Length;
        Debug.Assert(Held.Length <= _end, "The current segment begins at or after 0.");
    }

    /// <summary>Completes the current segment: no text follows.</summary>
    public abstract void End();

    /// <summary>Returns the segments that have been completed since the last call.</summary>
    public string[] TakeSegments()
    {
        if (_segments.Count == 0) return [];
        string[] segments = [.. _segments];
        _segments.Clear();
        return segments;
    }

    /// <summary>Reads the next character.</summary>
    protected abstract void Read(char c);

    /// <summary>Shortens the current segment to a length, as if nothing had been read after it.</summary>
    protected abstract void Truncate(int length);

    /// <summary>Adds a complete segment.</summary>
    protected void Add(string segment) => _segments.Add(segment);
}
