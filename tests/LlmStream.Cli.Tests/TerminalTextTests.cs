namespace LlmStream.Cli.Tests;

public class TerminalTextTests
{
    [Theory]
    [InlineData("plain [bold]text[/]", "plain [bold]text[/]")]
    [InlineData("two\nlines\r\nthree\tcolumns", "two\nlines\nthree\tcolumns")]
    [InlineData("\u001B[31mred\u001B[0m", "␛[31mred␛[0m")]
    [InlineData("back\rover", "back␍over")]
    [InlineData("bell\a, delete\u007F, nul\0", "bell␇, delete␡, nul␀")]
    [InlineData("\u009B31m", "\\u009b31m")]
    [InlineData("\u202Eevil\u202C \u2066x\u2069 a\u2028b", "\\u202eevil\\u202c \\u2066x\\u2069 a\\u2028b")]
    [InlineData("👩\u200D🚀 שלום \u200F你好", "👩\u200D🚀 שלום \u200F你好")]
    public void EscapeText_replaces_control_characters(string text, string expected) =>
        Assert.Equal(expected, TerminalText.EscapeText(text));

    [Fact]
    public void EscapeLine_replaces_line_endings_and_tabs_too() => Assert.Equal("a␊b␍␊c␉d", TerminalText.EscapeLine("a\nb\r\nc\td"));
}
