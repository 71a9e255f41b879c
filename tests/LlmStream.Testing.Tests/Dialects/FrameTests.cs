using System.Text;
using LlmStream.Testing.Dialects;

namespace LlmStream.Testing.Tests.Dialects;

public sealed class FrameTests
{
    [Fact]
    public void Json_is_replaced_between_the_bytes_around_it()
    {
        Frame frame = Frame.CreateEvent("data: ", json => json.WriteNumber("a", 1));
        Frame other = frame.WithJson("{}"u8.ToArray());

        Assert.Equal("data: {}\n\n", Encoding.UTF8.GetString(other.Bytes));
        Assert.Equal((6, 2), (other.JsonStart, other.JsonLength));
    }

    [Fact]
    public void Bytes_that_depend_on_the_JSON_are_created_anew()
    {
        Func<ReadOnlyMemory<byte>, byte[]> wrap = json => [(byte)('0' + json.Length), .. json.Span];
        var frame = new Frame(FrameKind.Event, wrap("{\"a\":1}"u8.ToArray()), 1, 7) { Wrap = wrap };

        Assert.Equal("7{\"a\":1}", Encoding.UTF8.GetString(frame.Bytes));
        Assert.Equal("2{}", Encoding.UTF8.GetString(frame.WithJson("{}"u8.ToArray()).Bytes));
    }
}
