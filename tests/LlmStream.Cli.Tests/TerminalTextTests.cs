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

    [Theory]
    [InlineData("a\u200Bb\u200Cc\u200Dd\u2060e\uFEFFf", @"a\u200bb\u200cc\u200dd\u2060e\ufefff")]
    [InlineData("a\u200Eb\u200Fc\u061Cd\u202Ee\u2066f", @"a\u200eb\u200fc\u061cd\u202ee\u2066f")]
    [InlineData("a\U000E0041b \U0001F305", "a\\udb40\\udc41b \U0001F305")]
    public void EscapeLine_replaces_characters_that_are_not_visible(string text, string expected) => Assert.Equal(expected, TerminalText.EscapeLine(text));

    [Theory]
    [InlineData("{\"a\":\"天 é 🌅\"}", "{\"a\":\"天 é 🌅\"}")]
    [InlineData("{\"a\":\"x\u202Ey\u200Bz\u0085\U000E0041\"}", "{\"a\":\"x\\u202ey\\u200bz\\u0085\\udb40\\udc41\"}")]
    public void EscapeJson_keeps_the_value(string json, string expected)
    {
        Assert.Equal(expected, TerminalText.EscapeJson(json));
        Assert.Equal(
            System.Text.Json.JsonDocument.Parse(json).RootElement.GetProperty("a").GetString(),
            System.Text.Json.JsonDocument.Parse(expected).RootElement.GetProperty("a").GetString());
    }

    [Fact]
    public void EscapeLine_replaces_line_endings_and_tabs_too() => Assert.Equal("a␊b␍␊c␉d", TerminalText.EscapeLine("a\nb\r\nc\td"));
}
