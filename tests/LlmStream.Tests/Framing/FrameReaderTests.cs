using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

/// <summary>Which reader the first bytes of a body call for.</summary>
public class FrameReaderTests
{
    [Theory]
    [InlineData("data: a\n\n", typeof(SseFrameReader))]
    [InlineData(": comment\n\n", typeof(SseFrameReader))]
    [InlineData("prose", typeof(SseFrameReader))]
    [InlineData("", typeof(SseFrameReader))]
    [InlineData(" \r\n", typeof(SseFrameReader))]
    [InlineData("(x", typeof(SseFrameReader))] // begins with a byte of Zstandard's magic number
    [InlineData("\u001Fx", typeof(SseFrameReader))]
    [InlineData("{}", typeof(JsonSequenceReader))]
    [InlineData("[{}]", typeof(JsonSequenceReader))]
    [InlineData("\uFEFF\r\n\t {}", typeof(JsonSequenceReader))]
    public async Task The_first_byte_decides(string body, Type expected)
    {
        foreach (ScriptedStream stream in new[] { new ScriptedStream(Encoding.UTF8.GetBytes(body)), ScriptedStream.ByteByByte(Encoding.UTF8.GetBytes(body)) })
        {
            await using FrameReader reader = await OpenAsync(stream);
            Assert.IsType(expected, reader);
        }
    }

    [Theory]
    [InlineData(new byte[] { (byte)'<' }, "web page")]
    [InlineData(new byte[] { (byte)'\n', (byte)' ', (byte)'<', (byte)'?' }, "web page")]
    [InlineData(new byte[] { 0x1F, 0x8B, 8, 0 }, "compressed")]
    [InlineData(new byte[] { 0x28, 0xB5, 0x2F, 0xFD, 0 }, "compressed")]
    public async Task A_body_that_is_no_stream_is_refused(byte[] body, string message)
    {
        foreach (ScriptedStream stream in new[] { new ScriptedStream(body), ScriptedStream.ByteByByte(body) })
        {
            var exception = await Assert.ThrowsAsync<FramingException>(async () => await OpenAsync(stream));
            Assert.Equal(FramingError.NotAStream, exception.Error);
            Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        }
    }

    private static ValueTask<FrameReader> OpenAsync(Stream stream) =>
        FrameReader.OpenAsync(new GuardedStream(stream), 100, new FrameCollector(), observer: null, TestContext.Current.CancellationToken);
}
