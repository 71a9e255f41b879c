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
    [InlineData("{\n  \"a\": {\n    \"b\": []\n  }\n}\n", "{\n  \"a\": {\n    \"b\": []\n  }\n}")]
    [InlineData("{\"a\":\"\\\"}{\\\\\"}\n{}", "{\"a\":\"\\\"}{\\\\\"}|{}")]
    [InlineData("{\"a\":\"\\\\\"}{}", "{\"a\":\"\\\\\"}|{}")]
    [InlineData("{\"a\":1", "{\"a\":1 (open)")]
    [InlineData("{\"a\":\"x", "{\"a\":\"x (open)")]
    [InlineData("{\"a\":\"x\n{\"b\":2}\n", "{\"a\":\"x\n|{\"b\":2}")] // no string holds a line end: a line was cut off
    [InlineData("{}\nprose\n{}", "{}|bare prose|{}")]
    [InlineData("{}\nprose", "{}|bare prose (open)")]
    [InlineData("{}\ndata: {\"a\":1}\n", "{}| {\"a\":1}")]
    [InlineData("{}\ndata: [DONE]\n", "{}| [DONE]")]
    public async Task Values_are_found_whatever_the_reads(string body, string expected)
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

    private static async Task<string> ReadAsync(Stream stream)
    {
        var collector = new FrameCollector();
        await using var reader = new JsonSequenceReader(stream, 1_000_000, collector, new FramingStatistics());
        while (await reader.ReadAsync(CancellationToken.None))
        {
            // The collector has it.
        }

        return string.Join('|', collector.Frames.Select(f => $"{(f.Kind == FrameKind.Bare ? "bare " : "")}{f.Data}{(f.IsUnterminated ? " (open)" : "")}"));
    }
}
