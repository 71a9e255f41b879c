using LlmStream.Operators.Text;

namespace LlmStream.Tests.Operators.Text;

public class AhoCorasickTests
{
    [Theory]
    [InlineData("ushers", "she@3 he@3 hers@5", "he", "she", "his", "hers")]
    [InlineData("aaa", "a@0 aa@1 a@1 aa@2 a@2", "aa", "a")]
    [InlineData("xabcabd", "abcabd@6", "abcabd", "abcabc")]
    [InlineData("b", "", "ab")]
    [InlineData("ab", "ab@1", "ab", "ab")] // equal patterns are reported once
    public void Finds_all_patterns_that_end_at_each_character(string text, string expected, params string[] patterns)
    {
        var search = new AhoCorasick(patterns);
        var found = new List<string>();
        int state = AhoCorasick.Root;
        for (int i = 0; i < text.Length; i++)
        {
            state = search.Step(state, text[i]);
            int match = search.PatternAt(state);
            for (int at = state; at >= 0; match = search.ShorterMatch(at, out at))
            {
                if (match >= 0) found.Add($"{patterns[match]}@{i}");
            }
        }

        Assert.Equal(expected, string.Join(' ', found));
    }

    [Theory]
    [InlineData("xabc", "abc", "bc", "abc")]
    [InlineData("xbc", "bc", "bc", "abc")]
    [InlineData("ab", null, "abc", "x")]
    public void Match_is_the_longest_pattern_at_the_end(string text, string? expected, params string[] patterns)
    {
        var search = new AhoCorasick(patterns);
        int match = search.Match(Run(search, text));
        Assert.Equal(expected, match < 0 ? null : patterns[match]);
    }

    [Fact]
    public void The_state_is_the_longest_suffix_that_begins_a_pattern()
    {
        string[] patterns = ["abcab", "bcb", "cc", "aabbc"];
        var search = new AhoCorasick(patterns);
        var random = new Random(1);
        string text = string.Concat(Enumerable.Range(0, 2000).Select(_ => "abc"[random.Next(3)]));
        int state = AhoCorasick.Root;
        for (int i = 0; i < text.Length; i++)
        {
            state = search.Step(state, text[i]);
            string read = text[..(i + 1)];
            string expected = Enumerable.Range(0, read.Length + 1).Select(start => read[start..])
                .First(suffix => patterns.Any(p => p.StartsWith(suffix)));
            Assert.Equal(expected, search.Prefix(state).ToString());
            Assert.Equal(expected.Length, search.Depth(state));
        }
    }

    [Fact]
    public void Skips_characters_that_cannot_begin_a_pattern()
    {
        var search = new AhoCorasick(["end", "stop"]);
        Assert.Equal(3, search.SkipFromRoot("xxxend", 0));
        Assert.Equal(0, search.SkipFromRoot("xxxend", 3));
        Assert.Equal(2, search.SkipFromRoot("xxxxx", 3));
    }

    [Fact]
    public void Follows_no_more_links_than_it_reads_characters()
    {
        // Each pattern fails at its last character, and its prefixes are suffixes of the others.
        string[] patterns = [.. Enumerable.Range(1, 200).Select(n => new string('a', n) + "b")];
        var search = new AhoCorasick(patterns);
        string text = new('a', 10_000);
        int state = AhoCorasick.Root, followed = 0;
        foreach (char c in text)
        {
            state = search.Step(state, c, out int links);
            followed += links;
        }

        Assert.Equal(200, search.Depth(state));
        Assert.InRange(followed, 1, text.Length);
    }

    private static int Run(AhoCorasick search, string text) => text.Aggregate(AhoCorasick.Root, search.Step);
}
