using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace LlmStream.Benchmarks.Loopback;

/// <summary>Reads the requests of one connection, and understands no more of them than where they end and whither they go.</summary>
internal sealed class RequestReader(Socket socket)
{
    private byte[] _buffer = new byte[1024];
    private int _count;

    /// <summary>The path of the next request, once all of the request is there; null when the client has closed the connection.</summary>
    public async Task<string?> ReadPathAsync()
    {
        while (true)
        {
            int head = _buffer.AsSpan(0, _count).IndexOf("\r\n\r\n"u8);
            if (head >= 0)
            {
                string text = Encoding.Latin1.GetString(_buffer, 0, head);
                int end = head + 4 + ContentLength(text);
                if (_count >= end)
                {
                    _buffer.AsSpan(end, _count - end).CopyTo(_buffer);
                    _count -= end;
                    return text.Split(' ', 3)[1];
                }
            }

            if (_count == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
            int received = await socket.ReceiveAsync(_buffer.AsMemory(_count));
            if (received == 0) return null;
            _count += received;
        }
    }

    private static int ContentLength(string head)
    {
        const string Name = "\r\nContent-Length: ";
        int at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? 0 : int.Parse(head.AsSpan(at + Name.Length).ToString().Split('\r')[0], CultureInfo.InvariantCulture);
    }
}
