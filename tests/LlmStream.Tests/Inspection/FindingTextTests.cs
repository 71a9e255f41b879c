using LlmStream.Inspection;

namespace LlmStream.Tests.Inspection;

public class FindingTextTests
{
    [Theory]
    [InlineData(0, "0 events")]
    [InlineData(1, "1 event")]
    [InlineData(2310, "2,310 events")]
    public void Counts_have_a_noun(int count, string text) => Assert.Equal(text, FindingText.Count(count, "event"));

    [Fact]
    public void Lists_begin_with_the_most_frequent_name() =>
        Assert.Equal("“b” ×1,200, (empty) ×2, “a”", FindingText.List(new Dictionary<string, int> { ["a"] = 1, [""] = 2, ["b"] = 1200 }));

    [Fact]
    public void Long_lists_are_cut() =>
        Assert.Equal(
            "“0”, “1”, “2”, “3”, “4”, “5”, “6”, “7”, and 2 others",
            FindingText.List(Enumerable.Range(0, 10).ToDictionary(i => $"{i}", _ => 1)));
}
