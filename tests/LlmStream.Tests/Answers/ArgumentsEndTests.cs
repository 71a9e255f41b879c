using LlmStream.Answers;

namespace LlmStream.Tests.Answers;

public class ArgumentsEndTests
{
    [Theory]
    [InlineData("""{"a":1}""", true)]
    [InlineData("""{"a":{"b":[1,2]}} """, true)]
    [InlineData("""{"a":"}\"}"}""", true)]
    [InlineData("""{"a":"\\"}""", true)]
    [InlineData("""{"a":"\"}""", false)]
    [InlineData("""{"a":{}""", false)]
    [InlineData("""{"a":"}""", false)]
    [InlineData("""12""", false)]
    [InlineData("", false)]
    public void The_end_is_found_however_the_text_is_split(string text, bool hasEnded)
    {
        for (int cut = 0; cut <= text.Length; cut++)
        {
            var end = new ArgumentsEnd();
            end.Take(new TextPiece(text[..cut], 0));
            end.Take(new TextPiece(text[cut..], cut));
            Assert.Equal(hasEnded, end.HasEnded);
        }
    }

    [Fact]
    public void After_a_rewrite_in_the_middle_the_end_is_unknown()
    {
        var end = new ArgumentsEnd();
        end.Take(new TextPiece("{\"a\":1}", 0));
        end.Take(new TextPiece("2}", 5));
        Assert.False(end.HasEnded);
        end.Take(new TextPiece("}", 7));
        Assert.False(end.HasEnded);
        end.Take(new TextPiece("{}", 0)); // all of it
        Assert.True(end.HasEnded);
    }

    [Theory]
    [InlineData("""{"a":1}""", """{ "a": 1 }""", true)]
    [InlineData("""{"a":1}""", """{"a":2}""", false)]
    [InlineData("""{"a":1}""", """{"a":""", false)]
    [InlineData("""{"a":1,"a":2}""", """{"a":2}""", false)]
    [InlineData("[1]", "[1]", false)] // not an object
    [InlineData("""{"a":x}""", """{"a":1}""", false)] // not JSON
    public void Objects_are_compared_without_their_white_space(string arguments, string other, bool areEqual)
    {
        var text = new GrowingText(ChatTextMode.Incremental, 100, "The text");
        Assert.True(text.Append(System.Text.Encoding.UTF8.GetBytes(arguments), escaped: false, out TextPiece piece));
        var end = new ArgumentsEnd();
        end.Take(piece);
        Assert.True(end.HasEnded);
        Assert.Equal(areEqual, end.IsEqual(text, other));
        Assert.Equal(areEqual, end.IsEqual(text, other)); // of what is malformed, this is remembered
    }
}
