using System.Globalization;
using LlmStream.Operators.Text;

namespace LlmStream.Tests.Operators.Text;

public class GraphemesTests
{
    [Theory]
    [InlineData("ab", 1)]
    [InlineData("a", 1)]
    [InlineData("世界", 1)]
    [InlineData("e\u0301s", 2)]
    [InlineData("\r\n", 2)]
    [InlineData("\n\n", 1)]
    [InlineData("😀x", 2)]
    [InlineData("👨‍👩‍👧‍👦y", 11)]
    [InlineData("🇩🇪🇫🇷", 4)]
    [InlineData("\u1100\u1161\u11A8x", 3)]
    public void FirstLength_is_that_of_the_first_grapheme(string text, int expected) =>
        Assert.Equal(expected, Graphemes.FirstLength(text));

    [Theory]
    [InlineData("", 0)]
    [InlineData("a", 0)]
    [InlineData("abc", 2)]
    [InlineData("cafe\u0301", 3)]
    [InlineData("x👨‍👩‍👧‍👦", 1)]
    [InlineData("🇩🇪🇫🇷", 4)]
    [InlineData("a\r\n", 1)]
    public void LastStart_is_where_the_last_grapheme_begins(string text, int expected) =>
        Assert.Equal(expected, Graphemes.LastStart(text));

    [Fact]
    public void Divides_random_texts_like_the_framework()
    {
        string[] words = ["a", "e\u0301", "😀", "👨‍👩‍👧", "🇩🇪", "世", "\r", "\n", "한", "\u0301", "\u200D", "\u1100"];
        var random = new Random(2);
        for (int round = 0; round < 2000; round++)
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(1, 10)).Select(_ => words[random.Next(words.Length)]));
            var starts = new List<int>();
            for (int i = 0; i < text.Length; i += Graphemes.FirstLength(text.AsSpan(i))) starts.Add(i);
            Assert.Equal(StringInfo.ParseCombiningCharacters(text), starts);
            Assert.Equal(starts[^1], Graphemes.LastStart(text));
            if (Graphemes.EndsSimply(text)) Assert.Equal(text.Length - 1, starts[^1]);
        }
    }

    [Fact]
    public void A_longer_cluster_is_divided_but_no_surrogate_pair()
    {
        Assert.Equal(Graphemes.MaxLength, Graphemes.FirstLength("a" + new string('\u0301', 100)));
        string pairs = "a" + string.Concat(Enumerable.Repeat("\U0001D165", 50)); // musical combining stems, two code units each
        Assert.Equal(Graphemes.MaxLength - 1, Graphemes.FirstLength(pairs));
    }
}
