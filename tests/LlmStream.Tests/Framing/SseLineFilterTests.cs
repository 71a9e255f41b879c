using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

/// <summary>What stands between the events of a stream, and at its end.</summary>
public class SseLineFilterTests
{
    [Theory]
    [InlineData("data: a\n\n", "message a")]
    [InlineData("event: x\n\ndata: a\n\n", "message a")] // a type does not leak from an event without data
    [InlineData("event: x\nid: 1\n\ndata: a\n\n", "message a")]
    [InlineData("event: x\nevent:\ndata: a\n\n", "message a")]
    [InlineData("event: x\ndata: a\n\ndata: b\n\n", "x a|message b")]
    [InlineData("data: a", "message a (open)")]
    [InlineData("data: a\n", "message a (open)")]
    [InlineData("data: a\n\nevent: x\n", "message a")]
    [InlineData("data", "message  (open)")]
    [InlineData("dat", "")]
    [InlineData("data: a\n\ndata: b", "message a|message b (open)")]
    [InlineData("error: e\n\n", "bare error e")]
    [InlineData("error:e", "bare error e (open)")]
    [InlineData("error:\n\n", "bare error ")]
    [InlineData("errors: e\n\n", "")]
    [InlineData("data: a\nerror: e\ndata: b\n\n", "message a|bare error e|message b")]
    [InlineData("event: x\nerror: e\n\ndata: b\n\n", "bare error e|message b")]
    [InlineData("{\"a\":1}\n\n", "bare message {\"a\":1}")]
    [InlineData("data: a\n{\"a\":1}\ndata: b\n\n", "message a|bare message {\"a\":1}|message b")]
    [InlineData("{\n  \"a\": [\n    1\n  ]\n}\ndata: b\n\n", "bare message {\n  \"a\": [\n    1\n  ]\n}|message b")]
    [InlineData(": c\n{\"a\":\n1}\n: c\ndata: b\n\n", "bare message {\"a\":\n1}|message b")]
    [InlineData("[1]\n\ndata: b\n\n", "bare message [1]|message b")]
    [InlineData("{\"a\":1}", "bare message {\"a\":1} (open)")]
    [InlineData("prose\n\ndata: b\n\n", "message b")]
    [InlineData("\uFEFFdata: a\n\n", "message a")]
    [InlineData("\uFEFFerror: e\n\n", "bare error e")]
    [InlineData("\uFEFF{\"a\":1}\n\n", "bare message {\"a\":1}")]
    public async Task Frames_are_found_whatever_the_line_ends_and_the_reads(string body, string expected)
    {
        foreach (string lineEnd in new[] { "\n", "\r\n", "\r" })
        {
            byte[] bytes = Encoding.UTF8.GetBytes(body.Replace("\n", lineEnd, StringComparison.Ordinal));
            foreach (Delivery delivery in Enum.GetValues<Delivery>())
            {
                foreach (ScriptedStream stream in delivery.Of(bytes))
                {
                    Assert.Equal(expected, await ReadAsync(stream.Again(), statistics: null));
                    Assert.Equal(expected, await ReadAsync(stream, statistics: null, useFastPath: false));
                }
            }
        }
    }

    [Fact]
    public async Task A_census_counts_what_is_unusual_and_changes_nothing()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("\uFEFF: c\r\n:\r\nid: 1\r\nfoo: 1\r\nfoo: 2\r\nbar\r\ndata: a\r\n\r\n{\"x\":1}\r\n\r\nerror: e\r\n\r\ndata: b");
        foreach (ScriptedStream stream in new[] { new ScriptedStream(bytes), ScriptedStream.ByteByByte(bytes) })
        {
            var statistics = new FramingStatistics();
            Assert.Equal("message a|bare message {\"x\":1}|bare error e|message b (open)", await ReadAsync(stream, statistics));
            Assert.True(statistics is { ByteOrderMark: true, UnterminatedEnd: true, JsonSequence: false });
            Assert.Equal((4, 2, 1, 1), (statistics.Frames, statistics.Comments, statistics.BareLines, statistics.ErrorFields));
            Assert.Equal(12, statistics.CarriageReturns);
            Assert.Equal("bar=1 foo=2", string.Join(' ', statistics.UnknownFields.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => $"{f.Key}={f.Value}")));
        }
    }

    private static async Task<string> ReadAsync(Stream stream, FramingStatistics? statistics, bool useFastPath = true)
    {
        var collector = new FrameCollector();
        await using var reader = new SseFrameReader(new GuardedStream(stream), 1000, collector, statistics, useFastPath);
        while (await reader.ReadAsync(CancellationToken.None))
        {
            // The collector has it.
        }

        return string.Join('|', collector.Frames.Select(f => $"{(f.Kind == FrameKind.Bare ? "bare " : "")}{f.EventType} {f.Data}{(f.IsUnterminated ? " (open)" : "")}"));
    }
}
