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
    [InlineData("null\n{}\n", typeof(JsonSequenceReader))] // a keep-alive before the first line
    [InlineData("\"\"\n{}\n", typeof(JsonSequenceReader))]
    [InlineData("nonsense", typeof(SseFrameReader))]
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
    [InlineData(new byte[] { 0x1F, 0x8B, 8, 0 }, "compressed (gzip)")]
    [InlineData(new byte[] { 0x28, 0xB5, 0x2F, 0xFD, 0 }, "compressed (zstd)")]
    [InlineData(new byte[] { 0x78, 0x01, 0xCB, 0x48 }, "compressed (deflate)")]
    [InlineData(new byte[] { 0x78, 0x9C, 0xCB, 0x48 }, "compressed (deflate)")]
    [InlineData(new byte[] { 0x78, 0xDA, 0xCB, 0x48 }, "compressed (deflate)")]
    public async Task A_body_that_is_no_stream_is_refused(byte[] body, string message)
    {
        foreach (ScriptedStream stream in new[] { new ScriptedStream(body), ScriptedStream.ByteByByte(body) })
        {
            var exception = await Assert.ThrowsAsync<FramingException>(async () => await OpenAsync(stream));
            Assert.Equal(FramingError.NotAStream, exception.Error);
            Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("\0\u0001abc", typeof(WholeBodyReader))]
    [InlineData("\0", typeof(WholeBodyReader))] // cut off in the head
    [InlineData("data: a\n\n", typeof(SseFrameReader))]
    [InlineData("{}", typeof(JsonSequenceReader))]
    [InlineData("", typeof(SseFrameReader))]
    public async Task A_binary_framing_is_tried_before_those_of_text(string body, Type expected)
    {
        foreach (ScriptedStream stream in new[] { new ScriptedStream(Encoding.UTF8.GetBytes(body)), ScriptedStream.ByteByByte(Encoding.UTF8.GetBytes(body)) })
        {
            var collector = new FrameCollector();
            await using FrameReader reader = await OpenAsync(stream, new NulFraming(), collector);
            Assert.IsType(expected, reader);
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            {
            }

            if (reader is WholeBodyReader) Assert.Equal(body, Assert.Single(collector.Frames).Data);
        }
    }

    [Fact]
    public async Task Compressed_bytes_are_not_of_a_binary_framing() => Assert.Equal(
        FramingError.NotAStream,
        (await Assert.ThrowsAsync<FramingException>(async () => await OpenAsync(new ScriptedStream([0x1F, 0x8B, 8, 0]), new AnyFraming()))).Error);

    [Fact]
    public async Task A_stream_that_never_looks_at_the_token_is_cancelled_too()
    {
        using var cancellation = new CancellationTokenSource();
        var stream = new RepeatingStream(": ping\n"u8.ToArray(), 100);
        await using FrameReader reader = await OpenAsync(stream);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.ReadAsync(cancellation.Token));
        Assert.Equal(1, stream.Reads); // the one by which the reader was chosen
    }

    [Fact]
    public async Task A_line_that_does_not_end_is_read_only_up_to_the_limit()
    {
        var stream = new RepeatingStream("data"u8.ToArray(), 10_000);
        await using FrameReader reader = await OpenAsync(stream);
        var exception = await Assert.ThrowsAsync<FramingException>(async () => await reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal((FramingError.TooLarge, 26), (exception.Error, stream.Reads)); // 104 of at most 100 bytes
    }

    private static ValueTask<FrameReader> OpenAsync(Stream stream, BinaryFraming? binary = null, FrameHandler? handler = null) =>
        FrameReader.OpenAsync(new GuardedStream(stream), binary, 100, handler ?? new FrameCollector(), observer: null, TestContext.Current.CancellationToken);

    private sealed class AnyFraming : NulFraming
    {
        public override bool IsLikely(ReadOnlySpan<byte> head) => true;
    }

    /// <summary>Streams that begin with a NUL byte.</summary>
    private class NulFraming : BinaryFraming
    {
        public override int HeadLength => 2;

        public override bool IsLikely(ReadOnlySpan<byte> head) => head is [0, ..];

        public override bool IsCertain(ReadOnlySpan<byte> head) => head is [0, 1];

        public override FrameReader CreateReader(GuardedStream stream, int maxFrameBytes, FrameHandler handler, IFramingObserver? observer) =>
            new WholeBodyReader(stream, maxFrameBytes, handler, observer);
    }

    private sealed class WholeBodyReader(GuardedStream stream, int maxFrameBytes, FrameHandler handler, IFramingObserver? observer)
        : FrameReader(stream, maxFrameBytes, handler, observer)
    {
        private bool _hasEmitted;

        public override bool TryRead()
        {
            if (!HasEnded || _hasEmitted) return false;
            Emit(FrameKind.Event, Frame.DefaultEventType, Received.Unread, isUnterminated: false);
            return _hasEmitted = true;
        }
    }

    /// <summary>A stream that returns the same bytes again and again, at once and whatever the token.</summary>
    private sealed class RepeatingStream(byte[] bytes, int count) : ReadOnlyStream
    {
        public int Reads { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (Reads == count) return new(0);
            Reads++;
            bytes.CopyTo(buffer);
            return new(bytes.Length);
        }
    }
}
