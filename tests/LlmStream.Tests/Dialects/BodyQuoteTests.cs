using System.Text;
using LlmStream.Dialects;

namespace LlmStream.Tests.Dialects;

public class BodyQuoteTests
{
    [Theory]
    [InlineData("<html><head><title>502 Bad Gateway</title>", "502 Bad Gateway")]
    [InlineData("\uFEFF \r\n<!DOCTYPE html><TITLE lang=\"en\">\n Tom &amp; Jerry&#39;s \n page</TITLE>", "Tom & Jerry's page")]
    [InlineData("<html><title>cut of", "cut of")]
    [InlineData("<html><title>a\u001B[31mb</title>", "a [31mb")]
    [InlineData("<html><title></title>", null)]
    [InlineData("<html><title", null)]
    [InlineData("<html><body>no title</body>", null)]
    [InlineData("text <title>x</title>", null)]
    public void The_title_of_a_page_is_found(string page, string? title) => Assert.Equal(title, BodyQuote.FindTitle(Encoding.UTF8.GetBytes(page)));

    [Fact]
    public void A_long_title_is_cut() =>
        Assert.Equal(new string('x', 119) + "…", BodyQuote.FindTitle(Encoding.UTF8.GetBytes($"<title>{new string('x', 119)}🌅🌅</title>")));

    [Fact]
    public void A_page_without_a_title_is_quoted()
    {
        Assert.Equal("It is an HTML page with the title \"x\"", BodyQuote.Describe("<title>x</title>"u8));
        Assert.Equal("It begins: <html>", BodyQuote.Describe("<html>"u8));
        Assert.Equal("HTML page \"x\"", BodyQuote.Summarize("<title>x</title>"u8));
        Assert.Equal("<html>", BodyQuote.Summarize("<html>"u8));
    }

    [Fact]
    public void Binary_data_is_shown_in_hexadecimal() =>
        Assert.Equal("(binary data, hex 1F8B08000000000000FF…)", BodyQuote.Quote([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]));

    [Theory]
    [InlineData("天")]
    [InlineData("é")]
    [InlineData("🌅")]
    public void A_character_is_not_cut_in_two(string character)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(character, 200)));
        for (int shift = 0; shift < 4; shift++)
        {
            string quote = BodyQuote.Quote([.. new string('x', shift).Select(c => (byte)c), .. bytes]);
            Assert.DoesNotContain('\uFFFD', quote);
            Assert.EndsWith(character + "…", quote, StringComparison.Ordinal);
        }
    }
}
