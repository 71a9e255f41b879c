using System.Text;
using LlmStream.Framing;

namespace LlmStream.Tests.Framing;

public class SseDataBufferTests
{
    private readonly ReceiveBuffer _received = new();

    [Fact]
    public void A_single_line_stays_where_it_was_received()
    {
        var data = new SseDataBuffer(_received);
        Assert.False(data.HasLines);
        Add(data, "abc");
        Assert.True(data.HasLines);
        Assert.True(data.Lines == _received.At(0, 3)); // the same memory
    }

    [Fact]
    public void A_detached_line_survives_what_is_received_next()
    {
        var data = new SseDataBuffer(_received);
        Add(data, "abc");
        data.Detach();
        data.Detach();
        Receive("xyz");
        Assert.Equal("abc", Show(data));
        Add(data, "d");
        Assert.Equal("abc\nd", Show(data));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("a", "a")]
    [InlineData("a|b", "a\nb")]
    [InlineData("|", "\n")]
    [InlineData("a||b|", "a\n\nb\n")]
    public void Lines_are_joined_by_line_feeds(string lines, string expected)
    {
        foreach (bool detach in new[] { false, true })
        {
            var data = new SseDataBuffer(_received);
            foreach (string line in lines.Split('|'))
            {
                Add(data, line);
                if (detach) data.Detach();
            }

            Assert.True(data.HasLines);
            Assert.Equal(expected, Show(data));
            data.Clear();
            Assert.False(data.HasLines);
        }
    }

    [Fact]
    public void It_grows_and_is_used_again()
    {
        var data = new SseDataBuffer(_received);
        foreach (int count in new[] { 1, 10_000, 2 })
        {
            string[] lines = [.. Enumerable.Range(0, count).Select(i => $"line {i}")];
            foreach (string line in lines) Add(data, line);
            Assert.Equal(string.Join('\n', lines), Show(data));
            data.Clear();
            data.Clear();
        }
    }

    /// <summary>Receives a line, adds it, and consumes it, as the reader does.</summary>
    private void Add(SseDataBuffer data, string line)
    {
        if (line.Length > 0) data.Detach();
        byte[] bytes = Receive(line);
        int position = _received.Position;
        _received.Consume(bytes.Length);
        data.Add(bytes, position);
    }

    private byte[] Receive(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length == 0) return bytes;
        _received.Consume(_received.Unread.Length);
        for (int i = 0; i < bytes.Length;)
        {
            Memory<byte> room = _received.GetRoom();
            int count = Math.Min(room.Length, bytes.Length - i);
            bytes.AsSpan(i, count).CopyTo(room.Span);
            _received.Commit(count);
            i += count;
        }

        return bytes;
    }

    private static string Show(SseDataBuffer data) => Encoding.UTF8.GetString(data.Lines);
}
