using LlmStream.Chat;

namespace LlmStream.Tests.Chat;

public class OffsetTextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("Hello", "0:Hel", "3:lo")]
    [InlineData("Hello", "0:Hel", "0:Hel", "3:lo", "3:lo")] // applied twice
    [InlineData("Help", "0:Hello", "3:p")] // rewritten
    [InlineData("Hi", "0:Hello", "0:Hi")] // restarted
    [InlineData("He", "0:Hello", "2:")] // shortened
    [InlineData("", "0:Hello", "0:")]
    [InlineData("Hello", "0:Hel", "9:lo")] // after a gap
    [InlineData("lo", "9:lo")]
    [InlineData("x", "0:Hel", "-1:x")]
    public void Pieces_are_placed_at_their_offsets(string expected, params string[] pieces)
    {
        OffsetText text = Apply(new OffsetText(), pieces);
        Assert.Equal((expected, 0, expected.Length), (text.ToString(), text.Start, text.End));
    }

    [Theory]
    [InlineData("", 10)]
    [InlineData("ab", 10, "10:a", "11:b")]
    [InlineData("c", 10, "10:ab", "10:c")]
    [InlineData("c", 4, "10:ab", "4:c")] // the start moves back
    [InlineData("cd", 4, "4:c", "5:d")]
    [InlineData("", 4, "10:ab", "4:")]
    [InlineData("ab", 10, "12:ab")]
    public void A_text_may_start_after_0(string expected, int expectedStart, params string[] pieces)
    {
        OffsetText text = Apply(new OffsetText(10), pieces);
        Assert.Equal((expected, expectedStart), (text.ToString(), text.Start));
        Assert.Equal((expected.Length, expectedStart + expected.Length), (text.Length, text.End));
    }

    private static OffsetText Apply(OffsetText text, string[] pieces)
    {
        foreach (string piece in pieces)
        {
            string[] parts = piece.Split(':', 2);
            text.Apply(parts[1], int.Parse(parts[0]));
        }

        return text;
    }
}
