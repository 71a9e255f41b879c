namespace LlmStream.Cli.Tests;

public class LineWrapperTests
{
    [Theory]
    [InlineData(20, "The sky is blue because of the air.", "The sky is blue|because of the air.")]
    [InlineData(20, "exactly twenty chars|next", "exactly twenty chars|next")]
    [InlineData(10, "a verylongwordthatdoesnotfit b", "a|verylongwo|rdthatdoes|notfit b")]
    [InlineData(10, "  indented by two", "  indented|by two")]
    [InlineData(10, "天空是蓝色的，因为空气。", "天空是蓝色|的，因为空|气。")] // a comma does not begin a line
    [InlineData(6, "他说「天空是蓝的」", "他说|「天空|是蓝|的」")] // a bracket does not end one
    [InlineData(5, "a👍🏽b👨‍👩‍👧c", "a👍🏽b|👨‍👩‍👧c")]
    [InlineData(10, "x\ty", "x       y")]
    [InlineData(20, "a||b", "a||b")]
    public void Lines_are_broken_between_words(int width, string text, string expected)
    {
        text = text.Replace('|', '\n');
        expected = expected.Replace('|', '\n');
        Assert.Equal(expected, Wrap(width, text));
        Assert.Equal(expected, Wrap(width, [.. Elements(text)])); // however the text arrives
        Assert.All(expected.Split('\n'), line => Assert.InRange(TextWidth.OfLine(line), 0, width));
    }

    [Fact]
    public void Without_a_width_the_text_is_unchanged() => Assert.Equal("a  b\n c ", Wrap(null, "a  b\n c "));

    [Fact]
    public void Lines_that_continue_another_are_indented()
    {
        var wrapper = new LineWrapper(() => 12) { Indent = 4 };
        Assert.Equal("one two\n    three\n    four", wrapper.Add("one two three four") + wrapper.Flush());
    }

    [Fact]
    public void The_width_may_change()
    {
        int width = 20;
        var wrapper = new LineWrapper(() => width);
        string first = wrapper.Add("one two three ");
        width = 10;
        Assert.Equal("one two three\nfour five\nsix", first + wrapper.Add("four five six") + wrapper.Flush());
    }

    [Theory]
    [InlineData("a", 1)]
    [InlineData("é", 1)]
    [InlineData("e\u0301", 1)]
    [InlineData("天", 2)]
    [InlineData("한", 2)]
    [InlineData("Ａ", 2)]
    [InlineData("😀", 2)]
    [InlineData("❤\uFE0F", 2)]
    [InlineData("❤", 1)]
    [InlineData("👨‍👩‍👧", 2)]
    [InlineData("🇩🇪", 2)]
    [InlineData("─", 1)]
    [InlineData("\u200B", 0)]
    public void Width_is_that_of_a_terminal(string text, int width) => Assert.Equal(width, TextWidth.OfLine(text));

    private static string Wrap(int? width, params string[] pieces)
    {
        var wrapper = new LineWrapper(() => width);
        return string.Concat(pieces.Select(wrapper.Add)) + wrapper.Flush();
    }

    private static IEnumerable<string> Elements(string text)
    {
        for (int i = 0; i < text.Length;)
        {
            int length = System.Globalization.StringInfo.GetNextTextElementLength(text, i);
            yield return text.Substring(i, length);
            i += length;
        }
    }
}
