using LlmStream.Operators.Text;

namespace LlmStream.Tests.Operators.Text;

public class FenceParserTests
{
    [Fact]
    public void Tokens_cover_the_whole_text()
    {
        const string text = "Text\n```cs x\r\n  a\n```\rmore\n~~~\nopen";
        foreach (string[] chunks in Splits.Of(text))
        {
            var tokens = new List<FenceToken>();
            var parser = new FenceParser(tokens);
            int offset = 0;
            foreach (string chunk in chunks)
            {
                parser.Read(chunk, offset);
                offset += chunk.Length;
                Assert.InRange(parser.DeliveredEnd, 0, offset);
            }

            parser.End();
            Assert.Equal(text, string.Concat(tokens.Select(token => token.Raw)));
            int end = 0;
            foreach (FenceToken token in tokens)
            {
                Assert.Equal(end, token.Offset);
                end += token.Raw.Length;
            }

            Assert.Equal(
                ["cs x", "cs x", "cs x", "", "", ""],
                tokens.Where(token => token.Kind != FencedPartKind.Text).Select(token => token.Info));
            Assert.Equal(text.Length, parser.DeliveredEnd);
        }
    }

    [Theory]
    [InlineData("a``", 3)] // within a line, nothing can be a fence
    [InlineData("a\n  ``", 2)]
    [InlineData("a\n```cs", 2)]
    [InlineData("a\n``` b`", 8)]
    [InlineData("```\ncode", 4)]
    [InlineData("```\ncode\r", 4)] // an LF may follow
    [InlineData("```\ncode\n", 9)]
    public void Holds_back_only_what_is_undecided(string text, int expected)
    {
        var parser = new FenceParser([]);
        parser.Read(text, 0);
        Assert.Equal(expected, parser.DeliveredEnd);
    }

    [Fact]
    public void End_closes_an_open_block_once()
    {
        var tokens = new List<FenceToken>();
        var parser = new FenceParser(tokens);
        parser.Read("```\na", 0);
        parser.End();
        parser.End();
        Assert.Equal([FencedPartKind.Opened, FencedPartKind.Line, FencedPartKind.Closed], tokens.Select(token => token.Kind));
    }
}
