using System.Collections.Frozen;

namespace LlmStream.Operators.Text;

/// <summary>Finds the ends of sentences, a character at a time.</summary>
internal sealed class SentenceSplitter : TextSplitter
{
    private const int LongestAbbreviation = 12;

    private static readonly FrozenSet<string> Abbreviations = new[]
    {
        "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "vs", "cf", "fig", "figs", "eq", "no", "nos", "vol", "pp", "al", "approx", "dept", "est",
        "gen", "gov", "hon", "rev", "sgt", "capt", "col", "lt", "mt", "ca", "resp", "bzw", "z.b",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private enum State
    {
        Within,

        /// <summary>Behind a mark that may end the sentence, or closing quotes behind it.</summary>
        AfterMark,

        /// <summary>Behind white space after such a mark.</summary>
        AfterSpace,
    }

    private State _state;
    private bool _isWide; // one of the marks ends a sentence whatever follows
    private int _cut; // where the sentence ends, if it does

    protected override void Read(char c)
    {
        if (c is '\n' or '\r')
        {
            Held.Append(c);
            Give(Held.Length);
            return;
        }

        switch (_state)
        {
            case State.AfterMark when IsMark(c) || IsCloser(c):
                _isWide |= IsWideMark(c);
                Held.Append(c);
                _cut = Held.Length;
                return;

            case State.AfterMark when _isWide || (IsIdeographic(c) && !EndsInNumber()):
                Give(_cut);
                break;

            case State.AfterMark when char.IsWhiteSpace(c):
                Held.Append(c);
                _state = State.AfterSpace;
                return;

            case State.AfterSpace when char.IsWhiteSpace(c):
                Held.Append(c);
                return;

            case State.AfterSpace when !char.IsLower(c) && !EndsInAbbreviation():
                Give(_cut);
                break;
        }

        Held.Append(c);
        _state = IsMark(c) ? State.AfterMark : State.Within;
        _isWide = IsWideMark(c);
        _cut = Held.Length;
    }

    protected override void End()
    {
        if (Held.Length > 0) Give(Held.Length);
    }

    protected override void Reset()
    {
        _state = State.Within;
        _isWide = false;
    }

    private static bool IsMark(char c) => c is '.' or '!' or '?' or '…' || IsWideMark(c);

    private static bool IsWideMark(char c) => c is '。' or '！' or '？' or '｡' or '．';

    private static bool IsCloser(char c) => c is '"' or '\'' or '”' or '’' or '」' or '』' or '）' or '】' or '》' or '〉' or ')' or ']' or '»' or '*';

    private static bool IsIdeographic(char c) => c is (>= '\u3040' and <= '\u30FF') or (>= '\u3400' and <= '\u9FFF') or '“' or '「' or '『' or '《' or '（';

    private void Give(int length)
    {
        string piece = Held.ToString(0, length).Trim();
        Held.Remove(0, length);
        if (piece.Length > 0) Pieces.Add(piece);
        Reset();
    }

    private bool EndsInNumber() => _cut >= 2 && Held[_cut - 1] == '.' && char.IsAsciiDigit(Held[_cut - 2]);

    /// <summary>Whether the one full stop before the cut ends an abbreviation, an initial, or the number of a list's item.</summary>
    private bool EndsInAbbreviation()
    {
        if (Held[_cut - 1] != '.') return false;
        int start = _cut - 1;
        while (start > 0 && _cut - start <= LongestAbbreviation && (char.IsLetterOrDigit(Held[start - 1]) || Held[start - 1] == '.')) start--;
        string word = Held.ToString(start, _cut - 1 - start);
        if (word.Length == 0 || word[^1] == '.') return false;
        if (word.Length == 1 && char.IsUpper(word[0])) return true;
        if (word.Length >= 3 && word[^2] == '.' && char.IsLetter(word[^1])) return true; // U.S., e.g., p.m.
        if (char.IsAsciiDigit(word[^1])) return word.All(char.IsAsciiDigit) && IsAtStart(start);
        return Abbreviations.Contains(word);
    }

    private bool IsAtStart(int index)
    {
        for (int i = index - 1; i >= 0 && i >= index - LongestAbbreviation; i--)
        {
            if (!char.IsWhiteSpace(Held[i]) && Held[i] is not ('*' or '#')) return false;
        }

        return index <= LongestAbbreviation;
    }
}
