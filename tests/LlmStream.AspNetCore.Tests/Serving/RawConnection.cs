using System.Net.Sockets;
using System.Text;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>A connection whose bytes the test reads and writes itself.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly Socket _socket;
    private readonly StringBuilder _received = new();

    private RawConnection(Socket socket) => _socket = socket;

    /// <summary>What was received so far.</summary>
    public string Received => _received.ToString();

    public static async Task<RawConnection> OpenAsync(Uri address, int? receiveBuffer = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } size) socket.ReceiveBufferSize = size;
        await socket.ConnectAsync(address.Host, address.Port);
        return new RawConnection(socket);
    }

    /// <summary>Opens a connection, and posts a question.</summary>
    public static async Task<RawConnection> PostAsync(
        Uri address, string path = "/api/chat", string body = """{"message":"hi"}""", string headers = "", int? receiveBuffer = null)
    {
        RawConnection connection = await OpenAsync(address, receiveBuffer);
        await connection.SendAsync(
            $"POST {path} HTTP/1.1\r\nHost: relay\r\nContent-Type: application/json\r\n{headers}"
            + $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
        return connection;
    }

    public async Task SendAsync(string text) => await _socket.SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Reads until a text was received.</summary>
    public async Task ReadUntilAsync(string text)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        while (!Received.Contains(text, StringComparison.Ordinal))
            Assert.True(await ReadAsync(timeout.Token) > 0, $"The connection ended before \"{text}\": {Received}");
    }

    /// <summary>Reads as long as a condition holds.</summary>
    public async Task ReadWhileAsync(Func<bool> condition)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        while (condition()) Assert.True(await ReadAsync(timeout.Token, 64 * 1024) > 0, "The connection ended.");
    }

    /// <summary>Reads to the end of the connection.</summary>
    /// <returns>Whether it ended cleanly: the chunked body has its last chunk.</returns>
    public async Task<bool> ReadToEndAsync()
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2), TimeProvider.System);
        try
        {
            while (!Received.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal))
            {
                if (await ReadAsync(timeout.Token) == 0) return false;
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The connection does not end: {Received}");
            throw;
        }
    }

    /// <summary>Reads at most so many bytes.</summary>
    public async Task<int> ReadAsync(CancellationToken cancellationToken, int max = 4096)
    {
        byte[] buffer = new byte[max];
        int count = await _socket.ReceiveAsync(buffer, cancellationToken);
        _received.Append(Encoding.UTF8.GetString(buffer, 0, count));
        return count;
    }

    public void Dispose() => _socket.Dispose();
}
