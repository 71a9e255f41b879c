using System.Text;
using LlmStream.Testing.Dialects;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Tests.Serving;

public sealed class RawFramesTests
{
    [Fact]
    public void Event_ends_after_an_empty_line_whatever_the_line_endings() => Assert.Equal(
        ["Comment|: hi\r\n\r\n", "Event|data: 1\r\n\r\n", "Event|data: 2\n\n", "Event|data: 3\r\r", "Event|data: 4"],
        Split(": hi\r\n\r\ndata: 1\r\n\r\ndata: 2\n\ndata: 3\r\rdata: 4", byLine: false));

    [Fact]
    public void Each_line_can_be_an_event() =>
        Assert.Equal(["Event|{\"a\":1}\n", "Event|{\"b\":2}\r\n", "Event|{}"], Split("{\"a\":1}\n{\"b\":2}\r\n{}", byLine: true));

    [Fact]
    public void Json_of_an_event_is_found()
    {
        Frame frame = Assert.Single(RawFrames.Split("event: x\ndata: {\"a\":{}}\n\n"u8.ToArray(), byLine: false));

        Assert.Equal("{\"a\":{}}", Encoding.UTF8.GetString(frame.Bytes, frame.JsonStart, frame.JsonLength));
    }

    [Fact]
    public async Task Fault_at_an_event_applies_to_a_raw_body()
    {
        RawResponse response = await RawHttp.RequestAsync(Script.Raw(": hi\n\ndata: 1\n\ndata: 2\n\ndata: 3\n\n").CutAtEvent(2));

        Assert.Equal(": hi\n\ndata: 1\n\ndata: 2\n\n", response.Text);
    }

    private static IEnumerable<string> Split(string body, bool byLine) =>
        RawFrames.Split(Encoding.UTF8.GetBytes(body), byLine).Select(frame => $"{frame.Kind}|{Encoding.UTF8.GetString(frame.Bytes)}");
}
