using LlmStream.Chat;
using LlmStream.Operators.Text;

namespace LlmStream.Tests.Operators.Text;

public class ThinkTagParserTests
{
    [Fact]
    public void Text_without_tags_is_unchanged()
    {
        var parser = new ThinkTagParser(new ThinkTagOptions());
        Assert.True(parser.Read("Hello", 0));
        Assert.Equal(("Hello", 0, 5), (parser.Text.ToString(), parser.TextStart, parser.TextEnd));
        Assert.Null(parser.Reasoning);
        Assert.False(parser.IsHolding);
    }

    [Fact]
    public void Text_and_reasoning_have_separate_offsets()
    {
        var parser = new ThinkTagParser(new ThinkTagOptions());
        parser.Read("a<think>bc</think>d", 0);
        Assert.Equal(("ad", "bc"), (parser.Text.ToString(), parser.Reasoning!.ToString()));
        parser.BeginOutput();
        parser.Read("e<think>f", 19);
        Assert.Equal(("e", 2), (parser.Text.ToString(), parser.TextStart));
        Assert.Equal(("f", 2), (parser.Reasoning!.ToString(), parser.ReasoningStart));
        Assert.Equal((3, 3), (parser.TextEnd, parser.ReasoningEnd));
    }

    [Theory]
    [InlineData("a<thi", "a<thi")] // the text ended before the tag
    [InlineData("a`<think>", "a`")] // a quoted tag that is not followed by a quote
    public void What_may_be_a_tag_is_held_back_until_the_end(string input, string expected)
    {
        var parser = new ThinkTagParser(new ThinkTagOptions());
        parser.Read(input, 0);
        Assert.True(parser.IsHolding);
        Assert.False(parser.Text.ToString().Contains('<'));
        parser.End();
        Assert.False(parser.IsHolding);
        Assert.Equal(expected, parser.Text.ToString());
    }

    [Fact]
    public void An_unopened_closing_tag_moves_all_text_to_reasoning()
    {
        var parser = new ThinkTagParser(new ThinkTagOptions());
        parser.Read("so it", 0);
        parser.BeginOutput();
        parser.Read(" is</think>Yes", 5);
        Assert.Equal(("Yes", 0), (parser.Text.ToString(), parser.TextStart));
        Assert.Equal(("so it is", 0), (parser.Reasoning!.ToString(), parser.ReasoningStart));
    }

    [Fact]
    public void Separate_reasoning_prevents_that()
    {
        var parser = new ThinkTagParser(new ThinkTagOptions());
        parser.AddSeparateReasoning("own", 2);
        parser.Read("a</think>b", 0);
        Assert.Equal("a</think>b", parser.Text.ToString());
        Assert.Equal(("own", 2), (parser.Reasoning!.ToString(), parser.ReasoningStart));
    }

    [Theory]
    [InlineData("<think>r</think>ab")]
    [InlineData("a<think>r</think>b<think>s</think>c")]
    public void A_rewrite_at_any_offset_gives_the_result_of_the_rewritten_text(string input)
    {
        for (int offset = 0; offset <= input.Length; offset++)
        {
            var text = new OffsetText();
            var reasoning = new OffsetText();
            var parser = new ThinkTagParser(new ThinkTagOptions());
            Apply(parser, input, 0, text, reasoning);
            Apply(parser, "x", offset, text, reasoning);
            End(parser, text, reasoning);

            var expectedText = new OffsetText();
            var expectedReasoning = new OffsetText();
            var whole = new ThinkTagParser(new ThinkTagOptions());
            Apply(whole, input[..offset] + "x", 0, expectedText, expectedReasoning);
            End(whole, expectedText, expectedReasoning);
            Assert.Equal((expectedText.ToString(), expectedReasoning.ToString()), (text.ToString(), reasoning.ToString()));
        }
    }

    private static void Apply(ThinkTagParser parser, string input, int offset, OffsetText text, OffsetText reasoning)
    {
        parser.BeginOutput();
        parser.Read(input, offset);
        Apply(parser, text, reasoning);
    }

    private static void End(ThinkTagParser parser, OffsetText text, OffsetText reasoning)
    {
        parser.BeginOutput();
        parser.End();
        Apply(parser, text, reasoning);
    }

    private static void Apply(ThinkTagParser parser, OffsetText text, OffsetText reasoning)
    {
        text.Apply(parser.Text.ToString(), parser.TextStart);
        if (parser.Reasoning is not null) reasoning.Apply(parser.Reasoning.ToString(), parser.ReasoningStart);
    }
}
