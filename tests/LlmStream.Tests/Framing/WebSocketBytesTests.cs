using System.Text;
using LlmStream.Framing;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Framing;

public class WebSocketBytesTests
{
    [Fact]
    public async Task A_read_returns_bytes_of_one_message_and_tells_whether_it_ended()
    {
        var bytes = new WebSocketBytes(new ScriptedSocket("abc", "d") { Closes = "bye" });
        Assert.Equal(("ab", false, false), await ReadAsync(bytes, 2));
        Assert.Equal(("c", true, false), await ReadAsync(bytes, 2));
        Assert.Null(bytes.CloseReason);
        Assert.Equal(("d", true, false), await ReadAsync(bytes, 2));
        Assert.Equal(("", true, true), await ReadAsync(bytes, 2));
        Assert.Equal("bye", bytes.CloseReason);
    }

    [Fact]
    public async Task After_the_close_nothing_is_received()
    {
        var socket = new ScriptedSocket { Closes = "" };
        var bytes = new WebSocketBytes(socket);
        Assert.Equal(("", true, true), await ReadAsync(bytes, 2));
        int receives = socket.Receives;
        Assert.Equal(("", true, true), await ReadAsync(bytes, 2));
        Assert.Equal(receives, socket.Receives);
    }

    private static async Task<(string Text, bool IsAtMessageEnd, bool IsClosed)> ReadAsync(WebSocketBytes bytes, int size)
    {
        byte[] buffer = new byte[size];
        int count = await bytes.ReadAsync(buffer, TestContext.Current.CancellationToken);
        return (Encoding.UTF8.GetString(buffer, 0, count), bytes.IsAtMessageEnd, bytes.IsClosed);
    }
}
