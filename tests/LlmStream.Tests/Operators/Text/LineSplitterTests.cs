using LlmStream.Operators.Text;

namespace LlmStream.Tests.Operators.Text;

public class LineSplitterTests
{
    [Theory]
    [InlineData("one|two||three", "0:one\ntwo\n\nthree")]
    [InlineData("one|two", "0:one\r", "4:\ntwo")] // CR LF across pieces
    [InlineData("one||two", "0:one\r", "4:\rtwo")]
    [InlineData("one|twx", "0:one\ntwo", "6:x")] // rewritten in the current line
    [InlineData("one|x", "0:one\ntwo", "1:x")] // rewritten in a line that was returned
    [InlineData("one|a", "0:one\r", "4:a")]
    [InlineData("one||", "0:one\r", "2:\n\n")] // the CR is no longer part of the text
    [InlineData("")]
    public void Returns_complete_lines(string expected, params string[] pieces)
    {
        var splitter = new LineSplitter();
        var lines = new List<string>();
        foreach (string piece in pieces)
        {
            string[] parts = piece.Split(':', 2);
            splitter.Read(parts[1], int.Parse(parts[0]));
            lines.AddRange(splitter.TakeSegments());
        }

        splitter.End();
        lines.AddRange(splitter.TakeSegments());
        Assert.Equal(expected, string.Join('|', lines));
        Assert.Empty(splitter.TakeSegments());
    }
}
