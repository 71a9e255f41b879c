using LlmStream.Operators.Text;

namespace LlmStream.Operators.Stages;

/// <summary>Finds the keywords in the text of one choice.</summary>
internal sealed class KeywordStage(AhoCorasick patterns)
{
    private int _state = AhoCorasick.Root;
    private int _end;

    /// <summary>Reads the next delta.</summary>
    /// <param name="delta">The delta.</param>
    /// <param name="matches">Receives the keywords that end in it.</param>
    public void Read(ChatDelta delta, List<KeywordMatch> matches)
    {
        if (delta.TextOffset < _end) Rewind(delta.TextOffset);
        _end = delta.TextOffset;
        string text = delta.Text;
        for (int i = 0; i < text.Length; i++)
        {
            if (_state == AhoCorasick.Root) i += patterns.SkipFromRoot(text, i);
            if (i == text.Length) break;
            _state = patterns.Step(_state, text[i]);
            Report(_end + i + 1, delta.ChoiceIndex, matches);
        }

        _end += text.Length;
    }

    /// <summary>The server rewrites the text: what may be the beginning of a keyword still counts, as far as it is kept.</summary>
    private void Rewind(int offset)
    {
        ReadOnlySpan<char> begun = patterns.Prefix(_state);
        int kept = offset - (_end - begun.Length);
        _state = AhoCorasick.Root;
        for (int i = 0; i < kept; i++) _state = patterns.Step(_state, begun[i]);
    }

    /// <summary>Reports every keyword that ends here, the longest first.</summary>
    private void Report(int end, int choiceIndex, List<KeywordMatch> matches)
    {
        for (int state = _state, match = patterns.PatternAt(state); state >= 0;)
        {
            if (match >= 0)
            {
                string keyword = patterns.Patterns[match];
                matches.Add(new KeywordMatch { Keyword = keyword, Offset = end - keyword.Length, ChoiceIndex = choiceIndex });
            }

            match = patterns.ShorterMatch(state, out state);
        }
    }
}
