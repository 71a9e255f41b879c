namespace LlmStream.Relay.Tests;

public class ChatStreamPositionTests
{
    [Theory]
    [InlineData("abc123-17", "abc123", 17)]
    [InlineData("a-0", "a", 0)]
    public void A_position_survives_as_text(string text, string epoch, long sequence)
    {
        Assert.True(ChatStreamPosition.TryParse(text, out ChatStreamPosition position));
        Assert.Equal(new ChatStreamPosition(epoch, sequence), position);
        Assert.Equal(text, position.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("17")]
    [InlineData("-17")]
    [InlineData("abc-")]
    [InlineData("abc--1")]
    [InlineData("abc- 1")]
    [InlineData("a_c-1")]
    [InlineData("abc-99999999999999999999")]
    [InlineData("abcdefghijabcdefghijabcdefghijabc-1")]
    public void What_is_not_a_position_is_refused(string? text) => Assert.False(ChatStreamPosition.TryParse(text, out _));

    [Fact]
    public void A_digest_depends_on_the_boundaries_of_its_parts()
    {
        Assert.Equal(64, ChatStreamDigest.Compute("a", "bc").Length);
        Assert.Equal(ChatStreamDigest.Compute("a", "bc"), ChatStreamDigest.Compute("a", "bc"));
        Assert.NotEqual(ChatStreamDigest.Compute("a", "bc"), ChatStreamDigest.Compute("ab", "c"));
        Assert.NotEqual(ChatStreamDigest.Compute("a"), ChatStreamDigest.Compute("a", null));
    }
}
