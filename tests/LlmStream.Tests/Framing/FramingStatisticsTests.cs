using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

public class FramingStatisticsTests
{
    [Fact]
    public async Task What_is_unusual_is_counted_and_changes_nothing()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("\uFEFF: c\r\n:\r\nid: 1\r\nfoo: 1\r\nfoo: 2\r\nbar\r\ndata: a\r\n\r\n{\"x\":1}\r\n\r\nerror: e\r\n\r\ndata: b");
        foreach (ScriptedStream stream in Enum.GetValues<Delivery>().SelectMany(delivery => delivery.Of(bytes)))
        {
            var statistics = new FramingStatistics();
            Assert.Equal("message a|bare message {\"x\":1}|bare error e|message b (open)", (await FrameCollector.ReadEventsAsync(stream, statistics)).ToString());
            Assert.True(statistics is { ByteOrderMark: true, UnterminatedEnd: true, JsonSequence: false });
            Assert.Equal((4, 2, 1, 1), (statistics.Frames, statistics.Comments, statistics.BareLines, statistics.ErrorFields));
            Assert.Equal((13, 12, 12), (statistics.Lines, statistics.CarriageReturns, statistics.CarriageReturnLineFeeds));
            Assert.Equal("bar=1 foo=2", Show(statistics.UnknownFields));
            Assert.Equal("=1 c=1", Show(statistics.CommentTexts));
        }
    }

    [Theory]
    [InlineData("data: a\n\n", 2, 0, 0)]
    [InlineData("data: a\n\ndata: b", 3, 0, 0)]
    [InlineData("data: a\r\rdata: b\r\n\n", 4, 3, 1)]
    [InlineData("data: a\r\n\r", 2, 2, 1)]
    [InlineData("\r\n", 1, 1, 1)]
    [InlineData("\n\r", 2, 1, 0)]
    [InlineData("", 0, 0, 0)]
    public async Task Lines_are_counted_by_their_endings(string body, int lines, int carriageReturns, int pairs)
    {
        foreach (ScriptedStream stream in Enum.GetValues<Delivery>().SelectMany(delivery => delivery.Of(Encoding.UTF8.GetBytes(body))))
        {
            var statistics = new FramingStatistics();
            await FrameCollector.ReadEventsAsync(stream, statistics);
            Assert.Equal((lines, carriageReturns, pairs), (statistics.Lines, statistics.CarriageReturns, statistics.CarriageReturnLineFeeds));
        }
    }

    [Theory]
    [InlineData("data: a\n\n", false)]
    [InlineData("data: a\n", true)]
    [InlineData("event: a\n", false)] // no event is lost
    [InlineData("error: a", true)]
    [InlineData("error: a\n", false)]
    [InlineData("{\"a\":1}\n", true)]
    public async Task An_event_without_its_end_is_noted(string body, bool expected)
    {
        var statistics = new FramingStatistics();
        await FrameCollector.ReadEventsAsync(new ScriptedStream(Encoding.UTF8.GetBytes(body)), statistics);
        Assert.Equal(expected, statistics.UnterminatedEnd);
    }

    [Fact]
    public async Task A_JSON_text_counts_once()
    {
        var statistics = new FramingStatistics();
        await FrameCollector.ReadEventsAsync(new ScriptedStream("{\n\"a\":1\n}\n{}\n: c\n{}\n\n[]\n"u8.ToArray()), statistics);
        Assert.Equal((3, 0), (statistics.BareLines, statistics.UnknownFields.Count));
    }

    [Fact]
    public async Task Of_a_long_line_only_the_start_is_kept()
    {
        var statistics = new FramingStatistics();
        string text = new('x', 100);
        await FrameCollector.ReadEventsAsync(new ScriptedStream(Encoding.UTF8.GetBytes($":{text}\n{text}: y\n\n")), statistics);
        Assert.Equal($"{text[..63]}=1", Show(statistics.CommentTexts));
        Assert.Equal($"{text[..64]}=1", Show(statistics.UnknownFields));
    }

    [Theory]
    [InlineData("{}\n{}", false, 2)]
    [InlineData("[{},{}]", true, 2)]
    public async Task JSON_sequences_are_told_apart(string body, bool isArray, int frames)
    {
        var statistics = new FramingStatistics();
        var collector = new FrameCollector();
        await using var reader = new JsonSequenceReader(new ScriptedStream(Encoding.UTF8.GetBytes(body)), 100, collector, statistics);
        await collector.ReadAllAsync(reader);
        Assert.Equal((true, isArray, frames, 0), (statistics.JsonSequence, statistics.JsonArray, statistics.Frames, statistics.Lines));
    }

    [Fact]
    public void Of_endless_names_only_the_first_are_told_apart()
    {
        Dictionary<string, int> counts = [];
        for (int i = 0; i < 1_000; i++)
        {
            FramingStatistics.Count(counts, $"name {i}");
            FramingStatistics.Count(counts, "name 0");
        }

        Assert.Equal((201, 1_001, 800), (counts.Count, counts["name 0"], counts["…"]));
    }

    private static string Show(Dictionary<string, int> counts) =>
        string.Join(' ', counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"{count.Key}={count.Value}"));
}
