using LlmStream.Operators.Text;

namespace LlmStream.Tests.Operators.Text;

/// <summary>The rules for single characters; whole texts are in <see cref="TextLinesSentencesTests"/>.</summary>
public class SentenceSplitterTests
{
    [Theory]
    [InlineData("A. B", "A. B")] // an initial
    [InlineData("Go. B", "Go.|B")]
    [InlineData("Go. b", "Go. b")] // a lower-case letter continues the sentence
    [InlineData("Go.B", "Go.B")] // no white space
    [InlineData("Go.好", "Go.|好")]
    [InlineData("Go。b", "Go。|b")] // a full width mark ends it whatever follows
    [InlineData("3.好", "3.好")] // a number
    [InlineData("3．好", "3．|好")]
    [InlineData("Go?! B", "Go?!|B")]
    [InlineData("\"Go.\" B", "\"Go.\"|B")]
    [InlineData("(Go!) B", "(Go!)|B")]
    [InlineData("**Go.** B", "**Go.**|B")]
    [InlineData("See Dr. B", "See Dr. B")]
    [InlineData("See DR. B", "See DR. B")]
    [InlineData("See p.m. B", "See p.m. B")]
    [InlineData("See it... B", "See it...|B")]
    [InlineData("1. B", "1. B")] // the number of a list item
    [InlineData("# 12. B", "# 12. B")]
    [InlineData("In 1999. B", "In 1999.|B")]
    [InlineData("Go.  \t B", "Go.|B")]
    [InlineData("Go\nB", "Go|B")]
    [InlineData("Go\r\n\r\nB", "Go|B")]
    [InlineData(". B", ".|B")]
    public void Ends_sentences_at_marks(string text, string expected)
    {
        var whole = new SentenceSplitter();
        whole.Read(text, 0);
        whole.End();
        Assert.Equal(expected, string.Join('|', whole.TakeSegments()));

        var divided = new SentenceSplitter();
        for (int i = 0; i < text.Length; i++) divided.Read(text[i].ToString(), i);
        divided.End();
        Assert.Equal(expected, string.Join('|', divided.TakeSegments()));
    }

    [Fact]
    public void Waits_for_the_character_that_decides()
    {
        var splitter = new SentenceSplitter();
        splitter.Read("Go. ", 0);
        Assert.Empty(splitter.TakeSegments());
        splitter.Read("B", 4);
        Assert.Equal(["Go."], splitter.TakeSegments());
    }

    [Fact]
    public void A_rewrite_of_the_current_sentence_is_read_again()
    {
        var splitter = new SentenceSplitter();
        splitter.Read("One. Two. ", 0);
        splitter.Read("! A", 8); // instead of the second full stop
        splitter.End();
        Assert.Equal(["One.", "Two!", "A"], splitter.TakeSegments());
    }
}
