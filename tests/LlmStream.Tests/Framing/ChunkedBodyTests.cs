using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

public class ChunkedBodyTests
{
    [Theory]
    [InlineData("2\r\n{}\r\n0\r\n\r\n", "{}")]
    [InlineData("1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", "{}")]
    [InlineData("A\r\n0123456789\r\n0\r\n\r\n", "0123456789")]
    [InlineData("a\r\n0123456789\r\n00\r\n\r\n", "0123456789")]
    [InlineData("3\r\n数\r\n0\r\n\r\n", "数")] // bytes
    [InlineData("1\r\n数\r\n0\r\n\r\n", "数")] // code points, or UTF-16 code units
    [InlineData("2\r\n😀\r\n0\r\n\r\n", "😀")] // UTF-16 code units
    [InlineData("1\r\n😀\r\n0\r\n\r\n", "😀")] // code points
    [InlineData("4\r\n\r\n{}\r\n0\r\n\r\n", "\r\n{}")] // the data may contain line endings
    [InlineData("2\r\n{}\r\n0\r\n\r\ntrailing", "{}")]
    [InlineData("0\r\n\r\n", "")]
    public async Task The_coding_is_removed(string body, string expected)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        foreach (ScriptedStream stream in Enum.GetValues<Delivery>().SelectMany(delivery => delivery.Of(bytes)))
        {
            var chunked = new ChunkedBody(new GuardedStream(stream));
            Assert.Equal(expected, await ReadAsync(chunked));
            Assert.True(chunked is { IsChunked: true, IsComplete: true });
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("123456789\r\n")] // too many digits for a size
    [InlineData("face the truth")]
    [InlineData("\r\n{}")]
    public async Task Another_body_is_passed_through(string body)
    {
        foreach (ScriptedStream stream in Enum.GetValues<Delivery>().SelectMany(delivery => delivery.Of(Encoding.UTF8.GetBytes(body))))
        {
            var chunked = new ChunkedBody(new GuardedStream(stream));
            Assert.Equal(body, await ReadAsync(chunked));
            Assert.True(chunked is { IsChunked: false, IsComplete: true });
        }
    }

    [Theory]
    [InlineData("2", "")]
    [InlineData("2\r\n{", "{")]
    [InlineData("2\r\n{}", "{}")]
    [InlineData("2\r\n{}\r\n", "{}")]
    [InlineData("2\r\n{}\r\n0\r\n", "{}")]
    [InlineData("2\r\n{}\r\n0\r\n\r", "{}")]
    public async Task A_body_without_its_last_chunk_is_incomplete(string body, string expected)
    {
        var chunked = new ChunkedBody(new GuardedStream(new ScriptedStream(Encoding.UTF8.GetBytes(body))));
        Assert.Equal(expected, await ReadAsync(chunked));
        Assert.True(chunked is { IsChunked: true, IsComplete: false });
    }

    [Theory]
    [InlineData("2\r\n{}x\r\n")]
    [InlineData("2\r\n{}\r\nx\r\n")]
    [InlineData("2\r\n{}\r\n\r\n")]
    [InlineData("2\rx")]
    [InlineData("2\r\n{}\r\n0\r\nx")]
    [InlineData("2\r\n{}\r\n0\r\n\rx")]
    [InlineData("2\r\n{}\r\n123456789\r\n")]
    [InlineData("ffffffff\r\n")]
    public async Task A_broken_coding_is_malformed(string body)
    {
        foreach (ScriptedStream stream in Enum.GetValues<Delivery>().SelectMany(delivery => delivery.Of(Encoding.UTF8.GetBytes(body))))
        {
            var exception = await Assert.ThrowsAsync<FramingException>(() => ReadAsync(new ChunkedBody(new GuardedStream(stream))));
            Assert.Equal(FramingError.Malformed, exception.Error);
        }
    }

    private static async Task<string> ReadAsync(ChunkedBody body)
    {
        byte[] buffer = new byte[7];
        List<byte> all = [];
        int count;
        while ((count = await body.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0) all.AddRange(buffer.AsSpan(0, count));
        return Encoding.UTF8.GetString([.. all]);
    }
}
