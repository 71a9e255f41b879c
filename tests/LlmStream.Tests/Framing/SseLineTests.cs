using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

public class SseLineTests
{
    [Theory]
    [InlineData("", nameof(SseLineKind.Blank))]
    [InlineData(":", nameof(SseLineKind.Comment))]
    [InlineData(": data: x", nameof(SseLineKind.Comment))]
    [InlineData("data", nameof(SseLineKind.Data))]
    [InlineData("data:", nameof(SseLineKind.Data))]
    [InlineData("data:x", nameof(SseLineKind.Data))]
    [InlineData("dat", nameof(SseLineKind.Unknown))]
    [InlineData("datas", nameof(SseLineKind.Unknown))]
    [InlineData("data :x", nameof(SseLineKind.Unknown))]
    [InlineData("Data: x", nameof(SseLineKind.Unknown))]
    [InlineData(" data: x", nameof(SseLineKind.Unknown))]
    [InlineData("event", nameof(SseLineKind.EventType))]
    [InlineData("event: x", nameof(SseLineKind.EventType))]
    [InlineData("events: x", nameof(SseLineKind.Unknown))]
    [InlineData("id", nameof(SseLineKind.Id))]
    [InlineData("id:1", nameof(SseLineKind.Id))]
    [InlineData("ids", nameof(SseLineKind.Unknown))]
    [InlineData("retry", nameof(SseLineKind.Retry))]
    [InlineData("retry: 1", nameof(SseLineKind.Retry))]
    [InlineData("retry1", nameof(SseLineKind.Unknown))]
    [InlineData("error:", nameof(SseLineKind.Error))]
    [InlineData("error: x", nameof(SseLineKind.Error))]
    [InlineData("error", nameof(SseLineKind.Unknown))] // a word
    [InlineData("errors: x", nameof(SseLineKind.Unknown))]
    [InlineData("{", nameof(SseLineKind.BareJson))]
    [InlineData("[1]", nameof(SseLineKind.BareJson))]
    [InlineData(" {}", nameof(SseLineKind.Unknown))]
    [InlineData("}", nameof(SseLineKind.Unknown))]
    [InlineData("prose", nameof(SseLineKind.Unknown))]
    public void The_kind_of_a_line(string line, string expected) => Assert.Equal(expected, SseLine.KindOf(Encoding.UTF8.GetBytes(line)).ToString());

    [Theory]
    [InlineData("data", "")]
    [InlineData("data:", "")]
    [InlineData("data: ", "")]
    [InlineData("data:x", "x")]
    [InlineData("data: x", "x")]
    [InlineData("data:  x ", " x ")]
    [InlineData("data::x", ":x")]
    [InlineData("data:\tx", "\tx")] // only one space is removed
    public void The_value_of_a_field(string line, string expected) => Assert.Equal(expected, Encoding.UTF8.GetString(SseLine.ValueOf(Encoding.UTF8.GetBytes(line), 4)));

    [Theory]
    [InlineData("id", true)]
    [InlineData("id:", true)]
    [InlineData("id: x", true)]
    [InlineData("i", false)]
    [InlineData("ids", false)]
    public void The_name_of_a_field(string line, bool expected) => Assert.Equal(expected, SseLine.IsField(Encoding.UTF8.GetBytes(line), "id"u8));
}
