namespace LlmStream.Tests;

public class TokenEstimateTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("abcdefghij", 30)] // 0.3 tokens per character
    [InlineData("一二三四五", 30)] // 0.6
    [InlineData("😀", 10)] // 0.5 for each half
    [InlineData("é", 3)]
    public void Follows_the_published_rule(string text, long expected) => Assert.Equal(expected, TokenEstimate.Units(text));

    [Fact]
    public void No_code_unit_costs_more_than_the_maximum()
    {
        for (int c = 0; c <= char.MaxValue; c++) Assert.InRange(TokenEstimate.Units((char)c), 1, TokenEstimate.MaxUnitsPerChar);
    }
}
