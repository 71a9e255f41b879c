using System.Collections.Frozen;
using System.Diagnostics;

namespace LlmStream.Operators.Text;

/// <summary>Divides a text into sentences, a character at a time.</summary>
/// <remarks>Invariant: after a mark that may end the sentence, <c>Held[.._cut]</c> is the sentence if it does.</remarks>
/// <param name="firstClauseEarly">Whether the first segment may be a clause.</param>
internal sealed class SentenceSplitter(bool firstClauseEarly = false) : TextSplitter
{
    private const int MaxAbbreviationLength = 12;
    private const int MinClauseLength = 10; // an ideograph counts as two

    private static readonly FrozenSet<string> Abbreviations = new[]
    {
        "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "cf", "al", "dept", "est", "gen", "gov", "hon", "rev", "sgt", "capt",
        "col", "lt", "mt", "resp", "bzw", "z.b", "inc", "ltd", "corp", "co", "bros",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // Many are words as well: "No. 5", but "No. It rains."
    private static readonly FrozenSet<string> AbbreviationsBeforeNumbers = new[]
    {
        "no", "nos", "fig", "figs", "eq", "vol", "p", "pp", "art", "sec", "ch", "approx", "ca", "jan", "feb", "mar", "apr", "jun", "jul",
        "aug", "sep", "sept", "oct", "nov", "dec",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private enum State
    {
        Within,

        /// <summary>After a mark that may end the sentence, and any closing quotes after it.</summary>
        AfterMark,

        /// <summary>After white space that follows such a mark.</summary>
        AfterSpace,

        /// <summary>After a full stop that follows such white space: a spaced ellipsis, or a name that begins with it (.NET).</summary>
        AfterSpacedStop,

        /// <summary>After a mark that ends a clause, and any closing quotes after it.</summary>
        AfterClause,
    }

    private State _state;
    private bool _isFullWidth; // one of the marks is full width: it ends the sentence whatever follows
    private bool _isReference; // within the brackets of "here.[1]"
    private bool _isFirst = true;
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
            case State.AfterMark when IsMark(c) || IsCloser(c) || c == '[' || (_isReference && char.IsAsciiDigit(c)):
                _isFullWidth |= IsFullWidthMark(c);
                _isReference = c == '[' || (_isReference && char.IsAsciiDigit(c));
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

            case State.AfterSpace when c == '.':
                Held.Append(c);
                _state = State.AfterSpacedStop;
                return;

            case State.AfterSpace when !char.IsLower(c) && !EndsInAbbreviation(c):
                EndSentence(_cut);
                break;

            case State.AfterSpacedStop when c == '.' || char.IsWhiteSpace(c):
                _cut = Held.Length;
                Held.Append(c);
                _state = c == '.' ? State.AfterMark : State.AfterSpace;
                return;

            case State.AfterSpacedStop:
                EndSentence(_cut);
                break;

            case State.AfterClause when IsCloser(c):
                Held.Append(c);
                _cut = Held.Length;
                return;

            case State.AfterClause when (_isFullWidth || char.IsWhiteSpace(c)) && IsLongEnough():
                EndSentence(_cut);
                break;
        }

        Held.Append(c);
        _state = IsMark(c) ? State.AfterMark : firstClauseEarly && _isFirst && IsClauseMark(c) ? State.AfterClause : State.Within;
        _isFullWidth = IsFullWidthMark(c) || IsFullWidthClauseMark(c);
        _isReference = false;
        _cut = Held.Length;
    }

    protected override void Truncate(int length)
    {
        // Only marks, and the quotes, references and white space after them, have an effect on what follows.
        int end = length;
        while (end > 0 && HasEffect(Held[end - 1])) end--;
        string marks = Held.ToString(end, length - end);
        Held.Length = end;
        Reset();
        foreach (char c in marks) Read(c);
    }

    private void Reset()
    {
        _state = State.Within;
        _isFullWidth = _isReference = false;
    }

    private static bool HasEffect(char c) =>
        char.IsWhiteSpace(c) || IsMark(c) || IsCloser(c) || IsClauseMark(c) || c == '[' || char.IsAsciiDigit(c);

    // Also of Arabic and Urdu, of Hindi, and of Armenian, Burmese, Khmer and Amharic.
    private static bool IsMark(char c) =>
        c is '.' or '!' or '?' or '…' or '؟' or '۔' or '।' or '॥' or '։' or '။' or '។' or '።' || IsFullWidthMark(c);

    private static bool IsClauseMark(char c) => c is ',' or ';' or ':' or '–' or '—' || IsFullWidthClauseMark(c);

    private static bool IsFullWidthClauseMark(char c) => c is '，' or '；' or '：';

    private static bool IsFullWidthMark(char c) => c is '。' or '！' or '？' or '｡' or '．';

    private static bool IsCloser(char c) =>
        c is '"' or '\'' or '”' or '’' or '」' or '』' or '）' or '】' or '》' or '〉' or ')' or ']' or '»' or '*' or '_';

    private static bool IsIdeographic(char c) =>
        c is (>= '\u3040' and <= '\u30FF') or (>= '\u3400' and <= '\u9FFF') or '“' or '「' or '『' or '《' or '（';

    private void EndSentence(int length)
    {
        string sentence = Held.ToString(0, length).Trim();
        Held.Remove(0, length);
        if (sentence.Length > 0)
        {
            Add(sentence);
            _isFirst = false;
        }

        Reset();
    }

    private bool EndsInNumber() => _cut >= 2 && Held[_cut - 1] == '.' && char.IsAsciiDigit(Held[_cut - 2]);

    private bool IsLongEnough()
    {
        int length = 0;
        for (int i = 0; i < _cut; i++) length += IsIdeographic(Held[i]) ? 2 : 1;
        return length >= MinClauseLength;
    }

    /// <summary>Whether the full stop before the cut belongs to an abbreviation, an initial, or the number of a list item.</summary>
    private bool EndsInAbbreviation(char next)
    {
        if (Held[_cut - 1] != '.') return false;
        int start = _cut - 1;
        while (start > 0 && _cut - start <= MaxAbbreviationLength && IsWordCharacter(Held[start - 1])) start--;
        string word = Held.ToString(start, _cut - 1 - start);
        if (word.Length == 0 || word[^1] == '.') return false;
        // "I" is a word as well, unless it is the number of a list item.
        if (word.Length == 1 && char.IsUpper(word[0])) return word[0] != 'I' || IsAtStart(start);
        if (word.Length >= 3 && word[^2] == '.' && char.IsLetter(word[^1])) return true; // U.S., e.g., p.m.
        if (char.IsAsciiDigit(word[^1])) return word.All(char.IsAsciiDigit) && IsAtStart(start);
        return Abbreviations.Contains(word) || (char.IsAsciiDigit(next) && AbbreviationsBeforeNumbers.Contains(word));
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
