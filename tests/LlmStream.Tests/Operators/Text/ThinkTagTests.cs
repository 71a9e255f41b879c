using LlmStream.Operators.Text;

namespace LlmStream.Tests.Operators.Text;

public class ThinkTagTests
{
    [Theory]
    [InlineData("<think>", nameof(ThinkTagKind.Opening))]
    [InlineData("</think>", nameof(ThinkTagKind.Closing))]
    [InlineData("<THINKING>", nameof(ThinkTagKind.Opening))]
    [InlineData("</seed:think >", nameof(ThinkTagKind.Closing))]
    [InlineData("<think:1>", nameof(ThinkTagKind.Opening))]
    [InlineData("</think:a-b_2.0 \n>", nameof(ThinkTagKind.Closing))]
    [InlineData("<", nameof(ThinkTagKind.Beginning))]
    [InlineData("</", nameof(ThinkTagKind.Beginning))]
    [InlineData("<thi", nameof(ThinkTagKind.Beginning))]
    [InlineData("<think", nameof(ThinkTagKind.Beginning))]
    [InlineData("<thinki", nameof(ThinkTagKind.Beginning))]
    [InlineData("<think ", nameof(ThinkTagKind.Beginning))]
    [InlineData("<think:", nameof(ThinkTagKind.Beginning))]
    [InlineData("<seed", nameof(ThinkTagKind.Beginning))]
    [InlineData("<>", nameof(ThinkTagKind.None))]
    [InlineData("<thi>", nameof(ThinkTagKind.None))]
    [InlineData("<thinker>", nameof(ThinkTagKind.None))]
    [InlineData("<think a", nameof(ThinkTagKind.None))]
    [InlineData("<think:a!", nameof(ThinkTagKind.None))]
    [InlineData("< think>", nameof(ThinkTagKind.None))]
    [InlineData("<b>", nameof(ThinkTagKind.None))]
    public void Classifies_tags_and_their_beginnings(string text, string expected) =>
        Assert.Equal(expected, ThinkTag.Classify(text).ToString());

    [Fact]
    public void A_tag_has_a_maximum_length()
    {
        string longest = "<think:" + new string('a', ThinkTag.MaxLength - 8) + ">";
        Assert.Equal(ThinkTagKind.Opening, ThinkTag.Classify(longest));
        Assert.Equal(ThinkTagKind.None, ThinkTag.Classify(longest.Insert(7, "a")));
    }

    [Fact]
    public void Every_prefix_of_a_tag_is_a_beginning()
    {
        foreach (string tag in (string[])["<think>", "</thinking>", "<seed:think:1 >"])
        {
            for (int length = 1; length < tag.Length; length++)
                Assert.Equal(ThinkTagKind.Beginning, ThinkTag.Classify(tag.AsSpan(0, length)));
        }
    }
}
