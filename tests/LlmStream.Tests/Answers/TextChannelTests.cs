using LlmStream.Answers;

namespace LlmStream.Tests.Answers;

public class TextChannelTests
{
    [Fact]
    public void Nothing_came_at_first()
    {
        TextChannel channel = default;
        channel.Decide(asCumulative: true);
        channel.Complete();
        channel.Release();
        Assert.Equal((null, 0, false, null, 0, ""), (channel.Text, channel.Length, channel.HasChanges, channel.Added, channel.AddedOffset, channel.ToString()));
    }

    [Fact]
    public void A_text_is_opened_once()
    {
        TextChannel channel = default;
        GrowingText text = channel.Open(ChatTextMode.Incremental, 10, "The text");
        Assert.Same(text, channel.Open(ChatTextMode.Cumulative, 20, "Another text"));
    }

    [Fact]
    public void A_single_piece_is_not_joined()
    {
        TextChannel channel = Open(ChatTextMode.Incremental);
        channel.Add("ab"u8, escaped: false, isWhole: false);
        Assert.Equal((true, true, "ab", 0), (channel.HasChanges, channel.HasSinglePiece, channel.Added, channel.AddedOffset));
        channel.ClearChanges();
        Assert.Equal((false, false, null, 2), (channel.HasChanges, channel.HasSinglePiece, channel.Added, channel.AddedOffset));
    }

    [Theory]
    [InlineData("cd", "abcd", 0)]
    [InlineData("cd|ef", "abcdef", 0)]
    public void Several_pieces_are_joined(string others, string added, int offset)
    {
        TextChannel channel = Open(ChatTextMode.Incremental);
        channel.Add("ab"u8, escaped: false, isWhole: false);
        foreach (string other in others.Split('|')) channel.Add(System.Text.Encoding.UTF8.GetBytes(other), escaped: false, isWhole: false);
        Assert.Equal((true, false, added, offset), (channel.HasChanges, channel.HasSinglePiece, channel.Added, channel.AddedOffset));
    }

    [Fact]
    public void Joined_pieces_begin_at_the_lowest_offset()
    {
        TextChannel channel = Open(ChatTextMode.Incremental);
        channel.Add("abcd"u8, escaped: false, isWhole: false);
        channel.ClearChanges();
        channel.Add("e"u8, escaped: false, isWhole: false);
        channel.Add("abX"u8, escaped: false, isWhole: true); // the server rewrites
        Assert.Equal(("X", 2), (channel.Added, channel.AddedOffset));
        Assert.Equal("abX", channel.ToString());
    }

    private static TextChannel Open(ChatTextMode mode)
    {
        TextChannel channel = default;
        channel.Open(mode, 100, "The text");
        return channel;
    }
}
