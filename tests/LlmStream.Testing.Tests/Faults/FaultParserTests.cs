using LlmStream.Testing.Faults;

namespace LlmStream.Testing.Tests.Faults;

public sealed class FaultParserTests
{
    [Theory]
    [InlineData("eof@0", FaultKind.Cut, 0, false)]
    [InlineData("cut@7", FaultKind.Cut, 7, false)]
    [InlineData("reset@1200", FaultKind.Reset, 1200, false)]
    [InlineData("abort@#5", FaultKind.Abort, 5, true)]
    [InlineData("stall@#0", FaultKind.Stall, 0, true)]
    [InlineData("error@#3", FaultKind.Fail, 3, true)]
    [InlineData("malformed@#3", FaultKind.Malform, 3, true)]
    [InlineData("duplicate@#3", FaultKind.Duplicate, 3, true)]
    [InlineData("pad@#3=9000", FaultKind.Pad, 3, true)]
    [InlineData("comment@#3", FaultKind.Comment, 3, true)]
    public void Kind_and_position_are_parsed(string text, object kind, long position, bool atEvent)
    {
        Fault fault = FaultParser.Parse(text);

        Assert.Equal(((FaultKind)kind, position, atEvent), (fault.Kind, fault.Position, fault.AtEvent));
    }

    [Fact]
    public void Values_are_parsed()
    {
        Assert.Null(FaultParser.Parse("stall@5").Duration);
        Assert.Equal(TimeSpan.FromSeconds(2.5), FaultParser.Parse("stall@5=2.5").Duration);
        Assert.Equal(TimeSpan.FromSeconds(2), FaultParser.Parse("stall@5=2s").Duration);
        Assert.Equal(ErrorFormat.BareJson, FaultParser.Parse("error@#5=bare").Error!.Format);
        Assert.Equal(9000, FaultParser.Parse("pad@#5=9000").Size);
        Assert.Equal("a=b@c", FaultParser.Parse("comment@#5=a=b@c").Text);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("reset@")]
    [InlineData("reset@-1")]
    [InlineData("reset@5=1")]
    [InlineData("explode@5")]
    [InlineData("malformed@5")]
    [InlineData("stall@5=x")]
    [InlineData("stall@5=1000000")]
    [InlineData("pad@#5")]
    [InlineData("error@#5=loud")]
    public void Invalid_fault_is_refused_with_a_message_that_quotes_it(string text)
    {
        var exception = Assert.Throws<FormatException>(() => Script.Answer("a").WithFault(text));

        Assert.Contains(text.Split('@')[0], exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }
}
