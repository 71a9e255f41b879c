using System.Buffers.Binary;
using System.Text;
using LlmStream.Dialects.Bedrock;
using LlmStream.Framing;
using LlmStream.Tests.Framing;

namespace LlmStream.Tests.Dialects.Bedrock;

public class EventStreamFrameReaderTests
{
    private static readonly byte[] Event = EventStream.Event("messageStart", "{}");

    // A message of the specification's smallest form: no headers, no payload.
    private static readonly byte[] Empty = Convert.FromHexString("000000100000000005C248EB7D98C8FF");

    // One header of each type.
    private static readonly byte[] AllHeaders =
    [
        .. EventStream.Header("true", 0, []), .. EventStream.Header("false", 1, []), .. EventStream.Header("byte", 2, [255]),
        .. EventStream.Header("short", 3, new byte[2]), .. EventStream.Header("int", 4, new byte[4]), .. EventStream.Header("long", 5, new byte[8]),
        .. EventStream.Header("bytes", 6, [0, 2, 1, 2]), .. EventStream.Header(":event-type", "all"), .. EventStream.Header("time", 8, new byte[8]),
        .. EventStream.Header("uuid", 9, new byte[16]),
    ];

    [Fact]
    public async Task Messages_are_frames_whatever_the_sizes_of_the_reads()
    {
        byte[] bytes =
        [
            .. Event, .. Empty, .. EventStream.Message(AllHeaders, "{\"a\":1}"u8.ToArray()),
            .. EventStream.Message([.. EventStream.Header(":message-type", "exception"), .. EventStream.Header(":exception-type", "throttlingException")], "{\"message\":\"m\"}"u8.ToArray()),
            .. EventStream.Message([.. EventStream.Header(":message-type", "error"), .. EventStream.Header(":error-code", "E1"), .. EventStream.Header(":error-message", "a \"b\"")], []),
            .. EventStream.Event("contentBlockDelta", new string('x', 5000)),
        ];
        string expected = "messageStart {}|message |all {\"a\":1}|exception:throttlingException {\"message\":\"m\"}|error:E1 {\"message\":\"a \\u0022b\\u0022\"}|contentBlockDelta " + new string('x', 5000);

        Assert.Equal(expected, (await ReadAsync(new ScriptedStream(bytes))).ToString());
        Assert.Equal(expected, (await ReadAsync(ScriptedStream.ByteByByte(bytes))).ToString());
        for (int split = 1; split < bytes.Length; split += 3)
            Assert.Equal(expected, (await ReadAsync(new ScriptedStream(bytes, [split]))).ToString());
    }

    [Fact]
    public async Task A_message_that_is_cut_off_is_unterminated()
    {
        for (int cut = 1; cut < Event.Length; cut++)
        {
            FrameCollector collector = await ReadAsync(new ScriptedStream([.. Event, .. Event[..cut]]));
            Assert.Equal([false, true], collector.Frames.Select(frame => frame.IsUnterminated));
        }
    }

    [Fact]
    public async Task A_bit_that_differs_anywhere_is_found()
    {
        byte[] bytes = [.. Event, .. Event];
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] damaged = [.. bytes];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            var exception = await Assert.ThrowsAsync<FramingException>(() => ReadAsync(new ScriptedStream(damaged)));
            Assert.Equal(FramingError.Malformed, exception.Error);
            Assert.Contains("checksum", exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(15u, 0u)]
    [InlineData(16u, 1u)]
    [InlineData(20u, uint.MaxValue)]
    [InlineData(0u, 0u)]
    public async Task Lengths_that_contradict_each_other_are_malformed(uint total, uint headers)
    {
        byte[] prelude = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(prelude, total);
        BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(4), headers);
        BinaryPrimitives.WriteUInt32BigEndian(prelude.AsSpan(8), EventStream.Crc(prelude.AsSpan(0, 8)));
        var exception = await Assert.ThrowsAsync<FramingException>(() => ReadAsync(new ScriptedStream([.. prelude, .. new byte[100]])));
        Assert.Equal((FramingError.Malformed, true), (exception.Error, exception.Message.Contains("lengths", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(new byte[] { 5, 65 })] // the name is cut off
    [InlineData(new byte[] { 1, 65 })] // the type is missing
    [InlineData(new byte[] { 1, 65, 10 })] // an unknown type
    [InlineData(new byte[] { 1, 65, 9, 1, 2 })] // the value is cut off
    [InlineData(new byte[] { 1, 65, 7, 0, 9, 66 })]
    public async Task Invalid_headers_are_malformed(byte[] headers) => Assert.Equal(
        FramingError.Malformed,
        (await Assert.ThrowsAsync<FramingException>(() => ReadAsync(new ScriptedStream(EventStream.Message(headers, []))))).Error);

    [Fact]
    public async Task A_message_has_a_limit_that_is_checked_before_it_arrives()
    {
        Assert.Single((await ReadAsync(new ScriptedStream(Event), Event.Length)).Frames);
        var exception = await Assert.ThrowsAsync<FramingException>(() => ReadAsync(new ScriptedStream(Event[..12]), Event.Length - 1));
        Assert.Equal(FramingError.TooLarge, exception.Error);
    }

    [Theory]
    [InlineData("data: {}\n\n", false)]
    [InlineData("{\"message\":\"No\"}", false)]
    [InlineData("<html>", false)]
    [InlineData("", false)]
    [InlineData("\0", true)]
    public void Text_is_not_regarded_as_this_framing(string head, bool isLikely)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(head);
        Assert.Equal((isLikely, false), (EventStreamFraming.Instance.IsLikely(bytes), EventStreamFraming.Instance.IsCertain(bytes)));
    }

    [Fact]
    public void A_prelude_is_recognized_by_its_checksum()
    {
        Assert.True(EventStreamFraming.Instance.IsCertain(Empty));
        Assert.False(EventStreamFraming.Instance.IsCertain(Empty.AsSpan(0, 11)));
        Assert.False(EventStreamFraming.Instance.IsCertain(new byte[12]));
    }

    private static async Task<FrameCollector> ReadAsync(Stream stream, int limit = 1_000_000)
    {
        var collector = new FrameCollector();
        await using FrameReader reader = EventStreamFraming.Instance.CreateReader(new GuardedStream(stream), limit, collector, null);
        await collector.ReadAllAsync(reader);
        return collector;
    }
}
