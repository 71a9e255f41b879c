using System.Text;

namespace LlmStream.Resilience;

/// <summary>
/// Finds where the text of a continuation meets the text that had arrived. The head of the continuation is held back until it
/// is certain what of it is new.
/// </summary>
/// <remarks>
/// Invariant while undecided: nothing has been given out, and <c>_head</c> is all that came. Afterwards every
/// character is given out as it comes, at <see cref="Base"/> plus its place in the continuation.
/// </remarks>
internal sealed class SeamText
{
    /// <summary>A shorter repetition may be chance: <c>"Hel" + "lo"</c> must not become <c>"Helo"</c>.</summary>
    private const int ShortestOverlap = 8;

    /// <summary>How much of the end of the text is looked at for an overlap.</summary>
    private const int OverlapWindow = 1024;

    /// <summary>How much of the beginning has to come again for it to be a new start and no chance.</summary>
    private const int TellingStart = 24;

    private readonly string _text;
    private readonly string _echo;
    private readonly int _sentLength;
    private readonly ChatContinuation _how;
    private readonly bool _echoes;
    private readonly StringBuilder _head = new();

    /// <summary>Begins to join.</summary>
    /// <param name="text">What had arrived.</param>
    /// <param name="sentLength">How much of it was sent back: all but the white space at its end.</param>
    /// <param name="echo">The last message as it was sent, which a provider may begin with.</param>
    /// <param name="how">How the rest was asked for.</param>
    /// <param name="echoes">Whether the provider is known to begin with what was sent.</param>
    public SeamText(string text, int sentLength, string echo, ChatContinuation how, bool echoes)
    {
        _text = text;
        _sentLength = sentLength;
        _echo = echo;
        _how = how;
        _echoes = echoes;
        Base = text.Length;
    }

    /// <summary>Whether it is certain what of the continuation is new.</summary>
    public bool IsDecided { get; private set; }

    /// <summary>Where in the whole answer the continuation's first character stands: before the seam where it repeats something.</summary>
    public int Base { get; private set; }

    /// <summary>Whether the model started over and says something else from <see cref="Base"/> plus <see cref="Skipped"/> on.</summary>
    public bool StartedOver { get; private set; }

    /// <summary>How many of the continuation's characters repeat what had arrived.</summary>
    public int Skipped { get; private set; }

    /// <summary>Takes the next piece.</summary>
    /// <returns>What is new and certain; "" while it is not.</returns>
    public string Append(string piece)
    {
        if (IsDecided) return piece;
        _head.Append(piece);
        return Decide(isEnd: false);
    }

    /// <summary>Takes back what the server takes back of its continuation, while nothing of it has been given out.</summary>
    public void Rewind(int length)
    {
        if (!IsDecided && length < _head.Length) _head.Length = length;
    }

    /// <summary>The continuation has ended: what is held back is decided as it is.</summary>
    public string Complete() => IsDecided ? "" : Decide(isEnd: true);

    private string Decide(bool isEnd)
    {
        string head = _head.ToString();
        if (head.Length == 0 && !isEnd) return "";
        int skip = _how switch
        {
            ChatContinuation.Restart => DecideRestart(head, isEnd),
            ChatContinuation.Instruction => DecideInstruction(head, isEnd),
            _ => DecidePrefill(head, isEnd),
        };
        if (skip < 0) return "";
        if (!StartedOver) Base = _text.Length - skip;
        // A pair that the seam would tear apart stays whole.
        if (skip > 0 && skip < head.Length && char.IsLowSurrogate(head[skip]) && char.IsHighSurrogate(head[skip - 1])) skip--;
        IsDecided = true;
        Skipped = skip;
        _head.Clear();
        return head[skip..];
    }

    /// <summary>Nothing is taken off but an echo that is proven, and the white space that was not sent.</summary>
    /// <returns>How much is to be passed over, or -1 while that is not certain.</returns>
    private int DecidePrefill(string head, bool isEnd)
    {
        int echo = 0;
        if (_echo.Length > 0 && (_echoes || _echo.Length >= ShortestOverlap))
        {
            int common = head.AsSpan().CommonPrefixLength(_echo);
            if (common == _echo.Length) echo = common;
            else if (common == head.Length && !isEnd) return -1;
        }

        // White space at the end of a last message is refused by some providers and cut off by others, so it was not sent; the model writes it again.
        ReadOnlySpan<char> unsent = _text.AsSpan(_sentLength);
        ReadOnlySpan<char> rest = head.AsSpan(echo);
        int white = rest.CommonPrefixLength(unsent);
        if (white == rest.Length && white < unsent.Length && !isEnd) return -1;
        return echo + white;
    }

    private int DecideRestart(string head, bool isEnd)
    {
        int common = head.AsSpan().CommonPrefixLength(_text);
        if (common == _text.Length) return common;
        if (common == head.Length && !isEnd) return -1;
        return StartOver(common);
    }

    /// <summary>The model was asked to go on. It may repeat the end of what it said, or start over.</summary>
    private int DecideInstruction(string head, bool isEnd)
    {
        if (!isEnd && MayStillOverlap(head)) return -1;

        int common = head.AsSpan().CommonPrefixLength(_text);
        if (common == _text.Length && common >= ShortestOverlap) return common;
        int overlap = Overlap(head);
        if (overlap > 0) return overlap;
        return common >= TellingStart ? StartOver(common) : 0;
    }

    /// <summary>Whether more text could prove an overlap, or a start from the beginning, that is not proven yet.</summary>
    private bool MayStillOverlap(string head)
    {
        if (head.Length < _text.Length && _text.StartsWith(head, StringComparison.Ordinal)) return true;
        ReadOnlySpan<char> tail = _text.AsSpan(Math.Max(0, _text.Length - OverlapWindow));
        // Somewhere in the tail it says what the head says, and goes on: the head may come to repeat the rest too.
        return head.Length < tail.Length && tail[..^1].IndexOf(head, StringComparison.Ordinal) >= 0;
    }

    /// <summary>The longest beginning of the head that the text ends with, if it cannot be chance.</summary>
    private int Overlap(string head)
    {
        for (int length = Math.Min(head.Length, Math.Min(_text.Length, OverlapWindow)); length > 0; length--)
        {
            ReadOnlySpan<char> start = head.AsSpan(0, length);
            if (!_text.AsSpan().EndsWith(start)) continue;
            if ((length >= ShortestOverlap && !IsPeriodic(start)) || IsWholeLines(length)) return length;
        }

        return 0;
    }

    /// <summary>A ruler of dashes or a row of spaces repeats itself, and so proves nothing.</summary>
    private static bool IsPeriodic(ReadOnlySpan<char> text)
    {
        for (int period = 1; period <= text.Length / 2; period++)
        {
            if (text[period..].SequenceEqual(text[..^period])) return true;
        }

        return false;
    }

    /// <summary>Whether this much of the end of the text is lines, from the beginning of one on, that say something.</summary>
    private bool IsWholeLines(int length)
    {
        int start = _text.Length - length;
        if (_text[^1] != '\n' || (start > 0 && _text[start - 1] != '\n')) return false;
        int letters = 0;
        foreach (char c in _text.AsSpan(start)) letters += char.IsLetterOrDigit(c) ? 1 : 0;
        return letters >= 3;
    }

    private int StartOver(int common)
    {
        StartedOver = true;
        Base = 0;
        return common;
    }
}
