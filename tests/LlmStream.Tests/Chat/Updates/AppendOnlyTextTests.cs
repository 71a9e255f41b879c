using LlmStream.Chat.Updates;

namespace LlmStream.Tests.Chat.Updates;

public class AppendOnlyTextTests
{
    [Fact]
    public void New_text_is_appended()
    {
        var text = new AppendOnlyText();
        Assert.Equal("Hel", text.Append("Hel", 0));
        Assert.Equal("lo", text.Append("lo", 3));
        Assert.Equal("!", text.Append("!", 9)); // after a gap
        Assert.Equal("Hello!", text.ToString());
        Assert.False(text.IsBehind);
    }

    [Fact]
    public void Repeated_text_is_not_appended_again()
    {
        var text = new AppendOnlyText();
        text.Append("Hello wor", 0);
        Assert.Equal("", text.Append("Hello", 0));
        Assert.True(text.IsBehind);
        Assert.Equal("ld", text.Append(" world", 5));
        Assert.False(text.IsBehind);
        Assert.Equal("Hello world", text.ToString());
    }

    [Theory]
    [InlineData("Hallo", 0)]
    [InlineData("x", 2)]
    [InlineData("lo?", 4)]
    public void Rewritten_text_is_rejected(string piece, int offset)
    {
        var text = new AppendOnlyText();
        text.Append("Hello", 0);
        Assert.Null(text.Append(piece, offset));
        Assert.Equal("Hello", text.ToString());
    }
}
