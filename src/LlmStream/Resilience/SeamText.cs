using System.Diagnostics;

namespace LlmStream.Resilience;

/// <summary>
/// Finds where the text of a continuation joins the partial answer. The beginning of the continuation is held back until it is certain
/// how much of it is new.
/// </summary>
/// <remarks>
/// Invariant until <see cref="IsDecided"/>: nothing has been returned, and <c>_head</c> is the whole continuation so far. After that
/// every character is returned as it arrives, at <see cref="BaseOffset"/> plus its offset in the continuation. What the head has in
/// common with other texts is counted as it grows, so that the work is linear in its length.
/// </remarks>
internal sealed class SeamText
{
    /// <summary>A shorter repetition may be a coincidence: <c>"Hel" + "lo"</c> must not become <c>"Helo"</c>.</summary>
    public const int MinOverlap = 8;

    /// <summary>How many characters at the end of the partial answer are searched for an overlap.</summary>
    private const int OverlapWindow = 1024;

    /// <summary>If fewer characters of the beginning are repeated, that may be a coincidence and not a restart.</summary>
    private const int MinRestart = 24;

    /// <summary>Lines with fewer letters and digits may be repeated by coincidence, such as a line with only a brace.</summary>
    private const int MinLettersInLines = 3;

    private readonly string _text;
    private readonly string _sentMessage;
    private readonly ChatContinuation _continuation;
    private readonly bool _providerEchoes;
    private char[] _head = []; // the first _headLength characters
    private int _headLength;
    private readonly SeamPrefix _commonWithText;
    private readonly SeamPrefix _commonWithMessage;
    private readonly SeamPrefix _commonWithUnsent; // of the head after an echo
    private readonly SeamOccurrences _occurrences;

    /// <summary>Creates a join.</summary>
    /// <param name="text">The text of the partial answer.</param>
    /// <param name="sentLength">How much of it was sent: all but the white space at its end.</param>
    /// <param name="sentMessage">The assistant message as it was sent, which some providers echo.</param>
    /// <param name="continuation">How the rest was requested.</param>
    /// <param name="providerEchoes">Whether the provider is known to echo.</param>
    public SeamText(string text, int sentLength, string sentMessage, ChatContinuation continuation, bool providerEchoes)
    {
        Debug.Assert(sentLength <= text.Length, "No more than the partial answer was sent.");
        _text = text;
        _sentMessage = sentMessage;
        _continuation = continuation;
        _providerEchoes = providerEchoes;
        _commonWithText = new SeamPrefix(text);
        _commonWithMessage = new SeamPrefix(sentMessage);
        // The white space at the end of the partial answer was not sent, so that the model writes it again.
        _commonWithUnsent = new SeamPrefix(text[sentLength..]);
        _occurrences = new SeamOccurrences(text[Math.Max(0, text.Length - OverlapWindow)..]);
        BaseOffset = text.Length;
    }

    /// <summary>Whether it is certain how much of the continuation is new.</summary>
    public bool IsDecided { get; private set; }

    /// <summary>
    /// The offset, in the whole answer, of the first character of the continuation. Less than the length of the partial answer if the
    /// continuation repeats something of it.
    /// </summary>
    public int BaseOffset { get; private set; }

    /// <summary>
    /// Whether the model started over, and its text differs from the partial answer from <see cref="BaseOffset"/> plus
    /// <see cref="SkippedLength"/> on.
    /// </summary>
    public bool StartedOver { get; private set; }

    /// <summary>How many characters at the beginning of the continuation repeat the partial answer.</summary>
    public int SkippedLength { get; private set; }

    private ReadOnlySpan<char> Head => _head.AsSpan(0, _headLength);

    /// <summary>Adds text of the continuation.</summary>
    /// <returns>The text that is certain to be new; "" if it is not certain yet.</returns>
    public string Append(string text)
    {
        if (IsDecided) return text;
        int length = _headLength + text.Length;
        if (length > _head.Length) Array.Resize(ref _head, Math.Max(length, _head.Length * 2));
        text.CopyTo(0, _head, _headLength, text.Length);
        _headLength = length;
        return Decide(isEnd: false);
    }

    /// <summary>Truncates the continuation, because the server rewrites it from there. Has no effect once it is decided.</summary>
    public void Rewind(int length)
    {
        if (IsDecided || length >= _headLength) return;
        _headLength = length;
        _commonWithText.Rewind(length);
        _commonWithMessage.Rewind(length);
        _commonWithUnsent.Rewind(0);
        _occurrences.Rewind();
    }

    /// <summary>Ends the continuation.</summary>
    /// <returns>The new text that was held back, or "".</returns>
    public string Complete() => IsDecided ? "" : Decide(isEnd: true);

    private string Decide(bool isEnd)
    {
        ReadOnlySpan<char> head = Head;
        if (head.Length == 0 && !isEnd) return "";
        int? decided = _continuation switch
        {
            ChatContinuation.Restart => DecideRestart(head, isEnd),
            ChatContinuation.Instruction => DecideInstruction(head, isEnd),
            _ => DecidePrefill(head, isEnd),
        };
        if (decided is not { } skipped) return "";
        Debug.Assert(skipped <= head.Length, "What is skipped has arrived.");
        if (!StartedOver) BaseOffset = _text.Length - skipped;
        // A surrogate pair is not split by the seam.
        if (skipped > 0 && skipped < head.Length && char.IsSurrogatePair(head[skipped - 1], head[skipped])) skipped--;
        IsDecided = true;
        SkippedLength = skipped;
        string rest = head[skipped..].ToString();
        (_head, _headLength) = ([], 0);
        return rest;
    }

    /// <summary>After a prefill only a proven echo is skipped, and the white space that was not sent.</summary>
    /// <returns>How many characters to skip; null if it is not certain yet.</returns>
    private int? DecidePrefill(ReadOnlySpan<char> head, bool isEnd)
    {
        int echo = 0;
        if (_sentMessage.Length > 0 && (_providerEchoes || _sentMessage.Length >= MinOverlap))
        {
            int common = _commonWithMessage.Extend(head);
            if (common == _sentMessage.Length) echo = common;
            else if (common == head.Length && !isEnd) return null;
        }

        ReadOnlySpan<char> rest = head[echo..];
        int whiteSpace = _commonWithUnsent.Extend(rest);
        if (whiteSpace == rest.Length && whiteSpace < _commonWithUnsent.Text.Length && !isEnd) return null;
        return echo + whiteSpace;
    }

    /// <summary>A new answer to the original request: what it has in common with the partial answer is skipped.</summary>
    private int? DecideRestart(ReadOnlySpan<char> head, bool isEnd)
    {
        int common = _commonWithText.Extend(head);
        if (common == _text.Length) return common;
        if (common == head.Length && !isEnd) return null;
        return StartOver(common);
    }

    /// <summary>After an instruction the model may repeat the end of the partial answer, or start over.</summary>
    private int? DecideInstruction(ReadOnlySpan<char> head, bool isEnd)
    {
        int common = _commonWithText.Extend(head);
        if (!isEnd && MoreTextMayDecide(head, common)) return null;

        if (common == _text.Length && common >= MinOverlap) return common;
        int overlap = OverlapLength(head);
        if (overlap > 0) return overlap;
        return common >= MinRestart ? StartOver(common) : 0;
    }

    /// <summary>Whether more text could turn out to repeat the partial answer, from its beginning or up to its end.</summary>
    private bool MoreTextMayDecide(ReadOnlySpan<char> head, int common) =>
        (head.Length < _text.Length && common == head.Length) || _occurrences.MayContinue(head);

    /// <summary>The length of the longest beginning of the head that the partial answer ends with, if it cannot be a coincidence.</summary>
    private int OverlapLength(ReadOnlySpan<char> head)
    {
        for (int length = Math.Min(head.Length, Math.Min(_text.Length, OverlapWindow)); length > 0; length--)
        {
            ReadOnlySpan<char> start = head[..length];
            if (!_text.AsSpan().EndsWith(start)) continue;
            if ((length >= MinOverlap && !IsPeriodic(start)) || EndsWithWholeLines(length)) return length;
        }

        return 0;
    }

    /// <summary>Whether a text repeats itself, such as a row of dashes or spaces. Then an overlap may be a coincidence.</summary>
    private static bool IsPeriodic(ReadOnlySpan<char> text)
    {
        for (int period = 1; period <= text.Length / 2; period++)
        {
            if (text[period..].SequenceEqual(text[..^period])) return true;
        }

        return false;
    }

    /// <summary>Whether the last characters of the partial answer are whole lines with enough letters.</summary>
    private bool EndsWithWholeLines(int length)
    {
        int start = _text.Length - length;
        if (_text[^1] != '\n' || (start > 0 && _text[start - 1] != '\n')) return false;
        int letters = 0;
        foreach (char c in _text.AsSpan(start)) letters += char.IsLetterOrDigit(c) ? 1 : 0;
        return letters >= MinLettersInLines;
    }

    private int StartOver(int common)
    {
        StartedOver = true;
        BaseOffset = 0;
        return common;
    }
}
