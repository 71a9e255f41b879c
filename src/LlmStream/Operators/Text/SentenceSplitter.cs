using System.Collections.Frozen;
using System.Diagnostics;

namespace LlmStream.Operators.Text;

/// <summary>Divides a text into sentences, a character at a time.</summary>
/// <remarks>Invariant: after a mark that may end the sentence, <c>Held[.._cut]</c> is the sentence if it does.</remarks>
internal sealed class SentenceSplitter : TextSplitter
{
    private const int MaxAbbreviationLength = 12;

    private static readonly FrozenSet<string> Abbreviations = new[]
    {
        "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "cf", "fig", "figs", "eq", "no", "nos", "vol", "pp", "al", "approx",
        "dept", "est", "gen", "gov", "hon", "rev", "sgt", "capt", "col", "lt", "mt", "ca", "resp", "bzw", "z.b",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private enum State
    {
        Within,

        /// <summary>After a mark that may end the sentence, and any closing quotes after it.</summary>
        AfterMark,

        /// <summary>After white space that follows such a mark.</summary>
        AfterSpace,
    }

    private State _state;
    private bool _isFullWidth; // one of the marks is full width: it ends the sentence whatever follows
    private int _cut;

    public override void End()
    {
        if (Held.Length > 0) EndSentence(Held.Length);
    }

    protected override void Read(char c)
    {
        Debug.Assert(
            _state == State.Within || (_cut > 0 && _cut <= Held.Length), "After a mark it is known where the sentence would end.");
        if (c is '\n' or '\r')
        {
            Held.Append(c);
            EndSentence(Held.Length);
            return;
        }

        switch (_state)
        {
            case State.AfterMark when IsMark(c) || IsCloser(c):
                _isFullWidth |= IsFullWidthMark(c);
                Held.Append(c);
                _cut = Held.Length;
                return;

            case State.AfterMark when _isFullWidth || (IsIdeographic(c) && !EndsInNumber()):
                EndSentence(_cut);
                break;

            case State.AfterMark when char.IsWhiteSpace(c):
                Held.Append(c);
                _state = State.AfterSpace;
                return;

            case State.AfterSpace when char.IsWhiteSpace(c):
                Held.Append(c);
                return;

            case State.AfterSpace when !char.IsLower(c) && !EndsInAbbreviation():
                EndSentence(_cut);
                break;
        }

        Held.Append(c);
        _state = IsMark(c) ? State.AfterMark : State.Within;
        _isFullWidth = IsFullWidthMark(c);
        _cut = Held.Length;
    }

    protected override void Truncate(int length)
    {
        // Only marks, and the quotes and white space after them, have an effect on what follows.
        int end = length;
        while (end > 0 && (char.IsWhiteSpace(Held[end - 1]) || IsMark(Held[end - 1]) || IsCloser(Held[end - 1]))) end--;
        string marks = Held.ToString(end, length - end);
        Held.Length = end;
        Reset();
        foreach (char c in marks) Read(c);
    }

    private void Reset()
    {
        _state = State.Within;
        _isFullWidth = false;
    }

    private static bool IsMark(char c) => c is '.' or '!' or '?' or '…' || IsFullWidthMark(c);

    private static bool IsFullWidthMark(char c) => c is '。' or '！' or '？' or '｡' or '．';

    private static bool IsCloser(char c) =>
        c is '"' or '\'' or '”' or '’' or '」' or '』' or '）' or '】' or '》' or '〉' or ')' or ']' or '»' or '*';

    private static bool IsIdeographic(char c) =>
        c is (>= '\u3040' and <= '\u30FF') or (>= '\u3400' and <= '\u9FFF') or '“' or '「' or '『' or '《' or '（';

    private void EndSentence(int length)
    {
        string sentence = Held.ToString(0, length).Trim();
        Held.Remove(0, length);
        if (sentence.Length > 0) Add(sentence);
        Reset();
    }

    private bool EndsInNumber() => _cut >= 2 && Held[_cut - 1] == '.' && char.IsAsciiDigit(Held[_cut - 2]);

    /// <summary>Whether the full stop before the cut belongs to an abbreviation, an initial, or the number of a list item.</summary>
    private bool EndsInAbbreviation()
    {
        if (Held[_cut - 1] != '.') return false;
        int start = _cut - 1;
        while (start > 0 && _cut - start <= MaxAbbreviationLength && IsWordCharacter(Held[start - 1])) start--;
        string word = Held.ToString(start, _cut - 1 - start);
        if (word.Length == 0 || word[^1] == '.') return false;
        if (word.Length == 1 && char.IsUpper(word[0])) return true;
        if (word.Length >= 3 && word[^2] == '.' && char.IsLetter(word[^1])) return true; // U.S., e.g., p.m.
        if (char.IsAsciiDigit(word[^1])) return word.All(char.IsAsciiDigit) && IsAtStart(start);
        return Abbreviations.Contains(word);
    }

    private static bool IsWordCharacter(char c) => char.IsLetterOrDigit(c) || c == '.';

    private bool IsAtStart(int index)
    {
        for (int i = index - 1; i >= 0 && i >= index - MaxAbbreviationLength; i--)
        {
            if (!char.IsWhiteSpace(Held[i]) && Held[i] is not ('*' or '#')) return false;
        }

        return index <= MaxAbbreviationLength;
    }
}
