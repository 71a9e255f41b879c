using System.Diagnostics;
using System.Text;

namespace LlmStream.Chat;

/// <summary>
/// A text built from pieces that each state where they begin, as <see cref="ChatDelta.TextOffset"/> does:
/// <c>text = text[..offset] + piece</c>.
/// </summary>
/// <remarks>
/// A piece that begins before the end replaces everything from there on: the server rewrote what it had sent. A piece that begins
/// after the end, because deltas before it were dropped, is appended. The text may continue one that is kept elsewhere: then it
/// does not begin at 0, and its start moves back when a piece begins before it.
/// </remarks>
/// <param name="start">The offset at which the text begins.</param>
internal sealed class OffsetText(int start = 0)
{
    private StringBuilder? _text; // null until the first character: most answers have no reasoning, refusal or arguments

    /// <summary>The offset at which the text begins, in UTF-16 code units.</summary>
    public int Start { get; private set; } = start;

    /// <summary>The length of the text, in UTF-16 code units.</summary>
    public int Length => _text?.Length ?? 0;

    /// <summary>The offset at which the text ends.</summary>
    public int End => Start + Length;

    /// <summary>Puts a piece at its offset.</summary>
    /// <param name="piece">The piece. An empty one only shortens the text to <paramref name="offset"/>.</param>
    /// <param name="offset">Where it begins, in UTF-16 code units.</param>
    public void Apply(string piece, int offset)
    {
        if (offset < Start)
        {
            Start = Math.Max(offset, 0);
            _text?.Clear();
        }
        else if (offset < End)
        {
            _text!.Length = offset - Start;
        }

        Debug.Assert(End <= Math.Max(offset, 0), "Everything from the offset on has been replaced.");
        if (piece.Length > 0) (_text ??= new StringBuilder()).Append(piece);
    }

    /// <summary>The text from <see cref="Start"/> to <see cref="End"/>.</summary>
    /// <returns>The text; <c>""</c> if nothing was applied.</returns>
    public override string ToString() => _text?.ToString() ?? "";
}
