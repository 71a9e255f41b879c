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

    [Theory]
    [InlineData(20, "── result ──────────|  ended|    complete:|    received [DONE]|")]
    [InlineData(40, "── result ──────────────────────────────|  ended     complete: received [DONE]|")]
    [InlineData(null, "── result ──────────────────────────────────────────────────|  ended     complete: received [DONE]|")]
    public void Headings_and_fields_fit_a_narrow_window(int? width, string expected)
    {
        var writer = new TerminalWriter(_output, useColor: false, () => width);
        writer.WriteHeading("result");
        writer.WriteField("ended", "complete: received [DONE]");

        Assert.Equal(expected.Replace('|', '\n'), _output.ToString());
    }

    [Fact]
    public void A_style_is_written_in_one_call_so_that_an_interrupt_leaves_none_behind()
    {
        var calls = new CallWriter();
        new TerminalWriter(calls, useColor: true).Write("x", TextStyle.Error);
        Assert.Equal(["\u001B[1;31mx\u001B[0m"], calls.Calls);
    }

    [Fact]
    public void A_word_that_arrives_in_pieces_and_styles_is_wrapped()
    {
        var writer = new TerminalWriter(_output, useColor: true, () => 10);
        foreach (string piece in new[] { "The s", "ky is b", "lu", "e." }) writer.Write(piece, TextStyle.Dim);
        writer.Write("!", TextStyle.Error);
        writer.EndLine();
        string plain = System.Text.RegularExpressions.Regex.Replace(_output.ToString(), "\u001B\\[[0-9;]*m", "");
        Assert.Equal("The sky is\nblue.!\n", plain);
    }

    public void Dispose() => _output.Dispose();

    private sealed class CallWriter : StringWriter
    {
        public List<string?> Calls { get; } = [];

        public override void Write(string? value) => Calls.Add(value);
    }
}
