using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

/// <summary>Events that the handler takes before the reader has looked for their end.</summary>
public class SseAheadTests
{
#if DEBUG
    // The first buffers are so small that few events are received at once.
    private static bool HasRoomForEvents => false;
#else
    private static bool HasRoomForEvents => true;
#endif

    [Theory]
    [InlineData("data: {1}\n\ndata: {2}\n\n", "ahead message {1}|ahead message {2}")]
    [InlineData("data:{1}\r\n\r\ndata: {2}\r\n\r\n", "ahead message {1}|ahead message {2}")]
    [InlineData("event: x\nid: 1\n: c\ndata: {1}\n\ndata: {2}\n\n", "ahead x {1}|ahead message {2}")] // the type is that of one event
    [InlineData("data: a\ndata: {1}\n\ndata: {2}\n\n", "message a\n{1}|ahead message {2}")] // only where an event's data begins
    [InlineData("{\"a\":1}\ndata: {1}\n\n", "bare message {\"a\":1}|ahead message {1}")]
    [InlineData("data: {1}\ndata: a\n\n", "message {1}\na")]
    [InlineData("data: {1}\r\rdata: {2}\n\n", "message {1}|ahead message {2}")]
    [InlineData("data: {1}\n", "message {1} (open)")]
    [InlineData("data: {123456789}\n\n", "message {123456789}")] // larger than the limit
    public async Task What_the_handler_takes_is_consumed(string body, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        string actual = await ReadAsync(new ScriptedStream(bytes));
        if (HasRoomForEvents) Assert.Equal(expected, actual);
        foreach (ScriptedStream stream in Enum.GetValues<Delivery>().SelectMany(delivery => delivery.Of(bytes)))
            Assert.Equal(WithoutHow(expected), WithoutHow(await ReadAsync(stream)));
    }

    [Fact]
    public async Task It_is_offered_nothing_beyond_the_limit()
    {
        var handler = new Taker();
        await using var reader = new SseFrameReader(new GuardedStream(new ScriptedStream("data: {1}\n\ndata: {123}\n\n"u8.ToArray())), 11, handler, observer: null);
        while (await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            // The handler has it.
        }

        Assert.Equal(WithoutHow("ahead message {1}|message {123}"), WithoutHow(string.Join('|', handler.Seen)));
        if (HasRoomForEvents) Assert.Equal(1, handler.Seen.Count(seen => seen.StartsWith("ahead", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_observer_is_told_of_every_line()
    {
        var statistics = new FramingStatistics();
        Assert.Equal("message {1}", await ReadAsync(new ScriptedStream("data: {1}\n\n"u8.ToArray()), statistics));
        Assert.Equal((1, 2), (statistics.Frames, statistics.Lines));
    }

    private static string WithoutHow(string frames) => frames.Replace("ahead ", "", StringComparison.Ordinal);

    private static async Task<string> ReadAsync(Stream stream, FramingStatistics? statistics = null)
    {
        var handler = new Taker();
        await using var reader = new SseFrameReader(new GuardedStream(stream), 100, handler, statistics);
        while (reader.TryRead() || await reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            // The handler has it.
        }

        return string.Join('|', handler.Seen);
    }

    /// <summary>Takes events of the form <c>{…}</c> with at most five bytes.</summary>
    private sealed class Taker : FrameHandler
    {
        public List<string> Seen { get; } = [];

        public override void Handle(in Frame frame) =>
            Seen.Add($"{(frame.Kind == FrameKind.Bare ? "bare " : "")}{frame.EventType} {Encoding.UTF8.GetString(frame.Data)}{(frame.IsUnterminated ? " (open)" : "")}");

        public override int TryHandleAhead(string eventType, ReadOnlySpan<byte> bytes)
        {
            int length = bytes.IndexOf((byte)'}') + 1;
            if (length is 0 or > 5 || bytes[0] != (byte)'{') return 0;
            int end = SseFrameReader.EndOfEvent(bytes[length..]);
            if (end == 0) return 0;
            Seen.Add($"ahead {eventType} {Encoding.UTF8.GetString(bytes[..length])}");
            return length + end;
        }
    }
}
