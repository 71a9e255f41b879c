using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LlmStream.Tests.Client.Sockets;

/// <summary>A server that answers every request with given bytes, and controls the connection.</summary>
internal sealed class SocketServer : IAsyncDisposable
{
    private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly Func<Connection, Task> _answer;
    private readonly Task _accepting;
    private int _connections;

    public const string ChunkedHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

    public SocketServer(Func<Connection, Task> answer)
    {
        _answer = answer;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Provider = LlmProvider.CreateOpenAICompatible(new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}/v1")) with { DefaultModel = "m-1" };
        _accepting = AcceptAsync();
    }

    public LlmProvider Provider { get; }

    public int Connections => Volatile.Read(ref _connections);

    public static string Head(int contentLength) => $"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {contentLength}\r\n\r\n";

    public static string HttpChunk(string text) => $"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n";

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            Interlocked.Increment(ref _connections);
            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            var connection = new Connection(socket);
            try
            {
                while (await connection.ReadRequestAsync()) await _answer(connection);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The client closed the connection, or the server reset it.
            }
        }
    }

    internal sealed class Connection(Socket socket)
    {
        private readonly byte[] _buffer = new byte[16 * 1024];
        private string _received = "";

        public Task SendAsync(string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text));

        /// <summary>Closes the connection (FIN).</summary>
        public void Close() => socket.Close();

        /// <summary>Resets the connection (RST). The client loses what it has not read.</summary>
        public void Reset() => socket.Close(timeout: 0);

        /// <summary>Waits until the client closes the connection.</summary>
        public async Task ClientClosedAsync()
        {
            try
            {
                while (await socket.ReceiveAsync(_buffer) > 0)
                {
                }
            }
            catch (SocketException)
            {
                // The client closed the connection with bytes unread (RST).
            }
        }

        public async Task<bool> ReadRequestAsync()
        {
            while (true)
            {
                int end = _received.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                if (end >= 0)
                {
                    string head = _received[..end];
                    const string Name = "Content-Length: ";
                    int at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase) + Name.Length;
                    int length = int.Parse(head[at..].Split('\r')[0], System.Globalization.CultureInfo.InvariantCulture);
                    if (_received.Length >= end + 4 + length)
                    {
                        _received = _received[(end + 4 + length)..];
                        return true;
                    }
                }

                int count = await socket.ReceiveAsync(_buffer);
                if (count == 0) return false;
                _received += Encoding.Latin1.GetString(_buffer, 0, count);
            }
        }
    }
}
