namespace LlmStream.Cli.Tests;

public sealed class TerminalWriterTests : IDisposable
{
    private readonly StringWriter _output = new();

    [Fact]
    public void Line_is_escaped_and_ended()
    {
        new TerminalWriter(_output, useColor: false).WriteLine("a\nb", TextStyle.Bold);

        Assert.Equal("a␊b\n", _output.ToString());
    }

    [Fact]
    public void Text_keeps_its_lines()
    {
        new TerminalWriter(_output, useColor: false).WriteText("a\r\nb\u001B");

        Assert.Equal("a\nb␛\n", _output.ToString());
    }

    [Theory]
    [InlineData(TextStyle.Plain, "x")]
    [InlineData(TextStyle.Dim, "\u001B[2mx\u001B[0m")]
    [InlineData(TextStyle.Error, "\u001B[1;31mx\u001B[0m")]
    public void Style_is_written_as_an_escape_sequence(object style, string expected)
    {
        var writer = new TerminalWriter(_output, useColor: true);
        writer.Write("x", (TextStyle)style);
        writer.Write("", TextStyle.Error);

        Assert.Equal(expected, _output.ToString());
    }

    [Fact]
    public void EndLine_ends_only_a_line_with_text()
    {
        var writer = new TerminalWriter(_output, useColor: false);
        writer.EndLine();
        writer.Write("a");
        Assert.False(writer.IsAtLineStart);
        writer.EndLine();
        writer.EndLine();

        Assert.True(writer.IsAtLineStart);
        Assert.Equal("a\n", _output.ToString());
    }

    [Fact]
    public void Headings_and_fields_are_aligned()
    {
        var writer = new TerminalWriter(_output, useColor: false);
        writer.WriteHeading("result");
        writer.WriteField("ended", "complete");

        Assert.Equal($"── result {new string('─', 50)}\n  ended     complete\n", _output.ToString());
    }

    public void Dispose() => _output.Dispose();
}
