using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

/// <summary>JSON one value a line, as one array, or as one document.</summary>
public class JsonSequenceReaderTests
{
    [Theory]
    [InlineData("{}", "{}")]
    [InlineData("{\"a\":1}\n{\"b\":2}\n", "{\"a\":1}|{\"b\":2}")]
    [InlineData("{\"a\":1}{\"b\":2}", "{\"a\":1}|{\"b\":2}")]
    [InlineData("\uFEFF [{\"a\":[{}]}\r\n,\r\n{\"b\":\"]}\"}]\r\n", "{\"a\":[{}]}|{\"b\":\"]}\"}")]
    [InlineData("[]", "")]
    [InlineData("[{}]\n[{}]", "{}|{}")]
    [InlineData(" \t\r\n", "")]
    [InlineData("{\n  \"a\": {\n    \"b\": []\n  }\n}\n", "{\n  \"a\": {\n    \"b\": []\n  }\n}")]
    [InlineData("{\"a\":\"\\\"}{\\\\\"}\n{}", "{\"a\":\"\\\"}{\\\\\"}|{}")]
    [InlineData("{\"a\":\"\\\\\"}{}", "{\"a\":\"\\\\\"}|{}")]
    [InlineData("{\"a\":1", "{\"a\":1 (open)")]
    [InlineData("{\"a\":\"x", "{\"a\":\"x (open)")]
    [InlineData("{\"a\":\"x\\", "{\"a\":\"x\\ (open)")]
    [InlineData("{\"a\":\"x\n{\"b\":2}\n", "{\"a\":\"x\n|{\"b\":2}")] // no string contains a line ending: a line was cut off
    [InlineData("{}\nprose\n{}", "{}|bare prose|{}")]
    [InlineData("{}\nprose", "{}|bare prose (open)")]
    [InlineData("1\n\"a\"\n", "bare 1|bare \"a\"")]
    [InlineData("[[1]]", "bare [1]] (open)")]
    [InlineData("{}\ndata: {\"a\":1}\n", "{}| {\"a\":1}")]
    [InlineData("{}\ndata: [DONE]\n", "{}| [DONE]")]
    [InlineData("{}\ndata: {\"a", "{}| {\"a (open)")]
    public async Task Values_do_not_depend_on_the_reads(string body, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        foreach (Delivery delivery in Enum.GetValues<Delivery>())
        {
            foreach (ScriptedStream stream in delivery.Of(bytes)) Assert.Equal(expected, await ReadAsync(stream));
        }
    }

    [Fact]
    public async Task Values_larger_than_the_buffer_are_found()
    {
        string large = $"{{\"a\":\"{new string('x', 100_000)}\"}}";
        byte[] bytes = Encoding.UTF8.GetBytes($"{large}\n{{}}\n{large}");
        Assert.Equal($"{large}|{{}}|{large}", await ReadAsync(new ScriptedStream(bytes)));
        Assert.Equal($"{large}|{{}}|{large}", await ReadAsync(new ScriptedStream(bytes, Enumerable.Repeat(997, bytes.Length / 900))));
    }

    [Fact]
    public async Task A_value_is_emitted_without_waiting_for_more()
    {
        var collector = new FrameCollector();
        var stream = new ScriptedStream("{} {\"a\":1}"u8.ToArray(), failure: () => new InvalidOperationException("It waited for more."));
        await using var reader = new JsonSequenceReader(stream, 100, collector, observer: null);
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.True(reader.TryRead());
        Assert.False(reader.TryRead());
        Assert.Equal("message {}|message {\"a\":1}", collector.ToString());
    }

    [Theory]
    [InlineData("{\"a\":1}")]
    [InlineData("{\"a\":\"\\\\\"}")]
    [InlineData("{\"a\":\"x")]
    [InlineData("prose")]
    public async Task A_value_may_be_as_large_as_the_limit(string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes($"{{}}\n{value}");
        foreach (ScriptedStream stream in Enum.GetValues<Delivery>().SelectMany(delivery => delivery.Of(bytes)))
        {
            Assert.StartsWith("{}|", await ReadAsync(stream.Again(), value.Length), StringComparison.Ordinal);
            var collector = new FrameCollector();
            await using var reader = new JsonSequenceReader(stream, value.Length - 1, collector, observer: null);
            var exception = await Assert.ThrowsAsync<FramingException>(() => collector.ReadAllAsync(reader));
            Assert.Equal(FramingError.TooLarge, exception.Error);
            Assert.Equal("message {}", collector.ToString());
        }
    }

    [Fact]
    public async Task White_space_may_go_on_without_end()
    {
        byte[] bytes = Encoding.UTF8.GetBytes($"{{}}{new string('\n', 10_000)}{{}}");
        Assert.Equal("{}|{}", await ReadAsync(new ScriptedStream(bytes), maxFrameBytes: 10));
    }

    private static async Task<string> ReadAsync(Stream stream, int maxFrameBytes = 1_000_000)
    {
        var collector = new FrameCollector();
        await using var reader = new JsonSequenceReader(stream, maxFrameBytes, collector, new FramingStatistics());
        await collector.ReadAllAsync(reader);
        Assert.All(collector.Frames, frame => Assert.Equal(Frame.DefaultEventType, frame.EventType));
        return collector.ToString().Replace("message ", "", StringComparison.Ordinal);
    }
}
