using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

/// <summary>Which frames an event stream consists of: by the standard, and where the reader deviates from it.</summary>
public class SseFrameReaderTests
{
    [Theory]
    [InlineData("data: a\n\n", "message a")]
    [InlineData("data:a\n\n", "message a")]
    [InlineData("data:  a\n\n", "message  a")]
    [InlineData("data\n\n", "message ")]
    [InlineData("data: a\ndata\ndata: b\n\n", "message a\n\nb")]
    [InlineData("data: a\nid: 1\ndata: b\nretry: 5\n: c\n\n", "message a\nb")]
    [InlineData("data : a\nDATA: b\ndatax: c\n data: d\n\n", "")] // other fields
    [InlineData("event: x\n\ndata: a\n\n", "message a")] // a type does not leak from an event without data
    [InlineData("event: x\nid: 1\n\ndata: a\n\n", "message a")]
    [InlineData("event: x\nevent:\ndata: a\n\n", "message a")]
    [InlineData("event: x\nevent\ndata: a\n\n", "message a")]
    [InlineData("event: x\nevent: y\ndata: a\n\n", "y a")]
    [InlineData("event: x\ndata: a\n\ndata: b\n\n", "x a|message b")]
    [InlineData("data: a\nevent: x\n\ndata: b\n\n", "x a|message b")]
    [InlineData("event: \u0001bare\ndata: a\n\n", "\u0001bare a")]
    [InlineData("\n\n\n: c\n\n:\ndata: a\n\n\n", "message a")]
    [InlineData("data: a", "message a (open)")]
    [InlineData("data: a\n", "message a (open)")]
    [InlineData("data: a\ndata: b", "message a\nb (open)")]
    [InlineData("data: a\n\nevent: x\n", "message a")]
    [InlineData("data", "message  (open)")]
    [InlineData("dat", "")]
    [InlineData("", "")]
    [InlineData("data: a\n\ndata: b", "message a|message b (open)")]
    [InlineData("error: e\n\n", "bare error e")]
    [InlineData("error:e", "bare error e (open)")]
    [InlineData("error:\n\n", "bare error ")]
    [InlineData("error\n\n", "")]
    [InlineData("errors: e\n\n", "")]
    [InlineData("data: a\nerror: e\ndata: b\n\n", "message a|bare error e|message b")]
    [InlineData("data: a\nerror: e", "message a|bare error e (open)")]
    [InlineData("data: a\ndata: b\nerror: e\n", "message a\nb|bare error e")]
    [InlineData("event: x\nerror: e\n\ndata: b\n\n", "bare error e|message b")]
    [InlineData("event: x\nerror: e\ndata: b\n\n", "bare error e|message b")]
    [InlineData("{\"a\":1}\n\n", "bare message {\"a\":1}")]
    [InlineData("event: x\n{\"a\":1}\ndata: b\n\n", "bare message {\"a\":1}|message b")]
    [InlineData("data: a\n{\"a\":1}\ndata: b\n\n", "message a|bare message {\"a\":1}|message b")]
    [InlineData("{\n  \"a\": [\n    1\n  ]\n}\ndata: b\n\n", "bare message {\n  \"a\": [\n    1\n  ]\n}|message b")]
    [InlineData("{\"a\":1}\n{\"b\":2}\n\n", "bare message {\"a\":1}\n{\"b\":2}")]
    [InlineData(": c\n{\"a\":\n1}\n: c\ndata: b\n\n", "bare message {\"a\":\n1}|message b")]
    [InlineData("{\"a\":1}\nerror: e\n\n", "bare message {\"a\":1}|bare error e")]
    [InlineData("{\"a\":1}\nid: 1\n\n", "bare message {\"a\":1}")]
    [InlineData("[1]\n\ndata: b\n\n", "bare message [1]|message b")]
    [InlineData("{\"a\":1}", "bare message {\"a\":1} (open)")]
    [InlineData("{\"a\":1}\n", "bare message {\"a\":1} (open)")]
    [InlineData("{\"a\":1}\nd", "bare message {\"a\":1}")]
    [InlineData("prose\n\ndata: b\n\n", "message b")]
    [InlineData("\uFEFFdata: a\n\n", "message a")]
    [InlineData("\uFEFFerror: e\n\n", "bare error e")]
    [InlineData("\uFEFF{\"a\":1}\n\n", "bare message {\"a\":1}")]
    [InlineData("\uFEFF", "")]
    [InlineData("\uFEFF\uFEFFdata: a\n\ndata: b\n\n", "message b")] // only one mark is skipped
    [InlineData("\n\uFEFFdata: a\n\ndata: b\n\n", "message b")] // and only at the start
    public async Task Frames_do_not_depend_on_line_endings_reads_or_an_observer(string body, string expected)
    {
        foreach (string lineEnding in new[] { "\n", "\r\n", "\r" })
        {
            byte[] bytes = Encoding.UTF8.GetBytes(body.Replace("\n", lineEnding, StringComparison.Ordinal));
            foreach (Delivery delivery in Enum.GetValues<Delivery>())
            {
                foreach (ScriptedStream stream in delivery.Of(bytes))
                {
                    Assert.Equal(expected, (await FrameCollector.ReadEventsAsync(stream.Again())).ToString());
                    Assert.Equal(expected, (await FrameCollector.ReadEventsAsync(stream, new FramingStatistics())).ToString());
                }
            }
        }
    }

    [Theory]
    [InlineData("data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n\r\ndata: e\r\n\ndata: f\r\r\ndata: g\n\r", "a b c d e f g")]
    [InlineData("data: a\r\ndata: b\rdata: c\n\rdata: d\r\r\n", "a\nb\nc d")]
    public async Task Line_endings_may_be_mixed(string body, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        foreach (ScriptedStream stream in Enum.GetValues<Delivery>().SelectMany(delivery => delivery.Of(bytes)))
            Assert.Equal(expected, string.Join(' ', (await FrameCollector.ReadEventsAsync(stream)).Frames.Select(frame => frame.Data)));
    }

    [Theory]
    [InlineData("data: a\n\n")]
    [InlineData("data: a\r\n\r\n")]
    [InlineData("data: a\r\r")] // an LF may follow, but is not waited for
    [InlineData("data: a\r\n\r")]
    [InlineData("error: a\r")]
    public async Task An_event_is_emitted_without_waiting_for_more(string body)
    {
        foreach (bool byteByByte in new[] { false, true })
        {
            byte[] bytes = Encoding.UTF8.GetBytes(body);
            Exception Fail() => throw new InvalidOperationException("It waited for more.");
            var collector = new FrameCollector();
            await using var reader = new SseFrameReader(
                new GuardedStream(byteByByte ? ScriptedStream.ByteByByte(bytes, Fail) : new ScriptedStream(bytes, failure: Fail)), 100, collector, observer: null);
            Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal("a", Assert.Single(collector.Frames).Data);
        }
    }

    [Theory]
    [InlineData(new byte[] { 0xEF })]
    [InlineData(new byte[] { 0xEF, 0xBB })]
    public async Task Part_of_a_byte_order_mark_is_none(byte[] mark)
    {
        foreach (ScriptedStream stream in Delivery.SplitInTwoAtEveryByte.Of([.. mark, .. "data: a\n\ndata: b\n\n"u8]))
            Assert.Equal("message b", (await FrameCollector.ReadEventsAsync(stream)).ToString());
        Assert.Equal("", (await FrameCollector.ReadEventsAsync(new ScriptedStream(mark))).ToString());
    }

    [Fact]
    public async Task Types_are_decoded_as_UTF_8()
    {
        byte[] bytes = [.. "event: 类型\ndata: a\n\nevent: 类型\ndata: b\n\nevent: x"u8, 0xFF, .. "\ndata: c\n\nevent: 类型\ndata: d\n\n"u8];
        foreach (ScriptedStream stream in Delivery.SplitInTwoAtEveryByte.Of(bytes))
            Assert.Equal("类型 a|类型 b|x\uFFFD c|类型 d", (await FrameCollector.ReadEventsAsync(stream)).ToString());
    }

    [Theory]
    [InlineData("data: a", 7)]
    [InlineData("data: aa\ndata: bb", 16)]
    [InlineData("data: aa\n: cccc\ndata: bb", 16)] // a comment does not count once it is over
    [InlineData("data: aa\n: ccccccccc", 19)]
    [InlineData("{\"a\":\n1}", 7)]
    [InlineData("error: aa", 9)]
    [InlineData("data: aa\nerror: aaaaaaaaaa", 25)] // until its line is complete, the field counts as part of the event that it ends
    [InlineData(": ccccccccc", 11)]
    [InlineData("id: ccccccc", 11)]
    [InlineData("event: cccc", 11)]
    [InlineData("ccccccccccc", 11)]
    public async Task An_event_may_be_as_large_as_the_limit(string body, int size)
    {
        foreach (string ending in new[] { "\n\n", "\r\n\r\n", "\r\r" })
        {
            string text = $"data:1\n\ndata:2\n\n{body}\n\ndata:3\n\n".Replace("\n\n", ending, StringComparison.Ordinal);
            foreach (ScriptedStream stream in Enum.GetValues<Delivery>().SelectMany(delivery => delivery.Of(Encoding.UTF8.GetBytes(text))))
            {
                FrameCollector all = await FrameCollector.ReadEventsAsync(stream.Again(), maxFrameBytes: size);
                Assert.Equal("message 3", all.ToString().Split('|')[^1]);

                var collector = new FrameCollector();
                await using var reader = new SseFrameReader(new GuardedStream(stream), size - 1, collector, observer: null);
                var exception = await Assert.ThrowsAsync<FramingException>(() => collector.ReadAllAsync(reader));
                Assert.Equal(FramingError.TooLarge, exception.Error);
                Assert.Equal("message 1|message 2", collector.ToString()); // what came before is delivered
            }
        }
    }

    [Theory]
    [InlineData("{\"a\":1}\ndata: b\n{\"a\":1}\ndata: b\n")]
    [InlineData("data: b\nerror: e\n")]
    [InlineData("[1234]\n: c\n")]
    public async Task The_size_counts_from_the_start_of_each_event_also_without_blank_lines(string block)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(block, 10)));
        FrameCollector collector = await FrameCollector.ReadEventsAsync(new ScriptedStream(bytes), maxFrameBytes: 16);
        Assert.InRange(collector.Frames.Count, 10, 40);
    }

    [Theory]
    [InlineData(": comment\n")]
    [InlineData("id: 1\n")]
    [InlineData("event: x\n")]
    [InlineData("\n")]
    [InlineData("\r\n\r\n")]
    [InlineData("prose\n")]
    public async Task What_is_no_data_may_go_on_without_end(string block)
    {
        foreach (string start in new[] { "", "data: a\n" })
        {
            string body = start + string.Concat(Enumerable.Repeat(block, 1000)) + "data: b\n\n";
            FrameCollector collector = await FrameCollector.ReadEventsAsync(new ScriptedStream(Encoding.UTF8.GetBytes(body)), maxFrameBytes: 20);
            Assert.EndsWith("b", collector.Frames[^1].Data, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Data_larger_than_any_buffer_is_read_in_one_line_or_many()
    {
        string large = new('x', 200_000);
        string lines = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"data: {i}\n"));
        byte[] bytes = Encoding.UTF8.GetBytes($"data: {large}\n\n{lines}\ndata: a\n\ndata: {large}\nid: 1\n\n");
        foreach (int size in new[] { 997, 16_384, int.MaxValue })
        {
            FrameCollector collector = await FrameCollector.ReadEventsAsync(new ScriptedStream(bytes, Enumerable.Repeat(size, bytes.Length)));
            Assert.Equal([large, string.Join('\n', Enumerable.Range(0, 20_000)), "a", large], collector.Frames.Select(frame => frame.Data));
        }
    }

    [Fact]
    public async Task A_reader_that_was_disposed_emits_nothing()
    {
        var collector = new FrameCollector();
        var reader = new SseFrameReader(new GuardedStream(new ScriptedStream("data: a\n\ndata: b\n\ndata: c"u8.ToArray())), 100, collector, observer: null);
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        await reader.DisposeAsync();
        await reader.DisposeAsync();
        Assert.False(reader.TryRead());
        Assert.False(await reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Single(collector.Frames);
    }

    [Theory]
    [InlineData("\n\n", 2)]
    [InlineData("\n\ndata", 2)]
    [InlineData("\r\n\r\n", 4)]
    [InlineData("\r\n\r\ndata", 4)]
    [InlineData("", 0)]
    [InlineData("\n", 0)]
    [InlineData("\r\n", 0)]
    [InlineData("\r\n\r", 0)]
    [InlineData("\r\r", 0)] // the second may be the first byte of a CRLF
    [InlineData("\n\r\n", 0)]
    [InlineData("a\n\n", 0)]
    public void The_end_of_an_event_is_recognised(string bytes, int expected) => Assert.Equal(expected, SseFrameReader.EndOfEvent(Encoding.UTF8.GetBytes(bytes)));
}
