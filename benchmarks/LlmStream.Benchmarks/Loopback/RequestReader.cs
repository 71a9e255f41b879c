using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace LlmStream.Benchmarks.Loopback;

/// <summary>Reads the requests of a connection. It parses only their path and their length.</summary>
internal sealed class RequestReader(Socket socket)
{
    private byte[] _buffer = new byte[1024];
    private int _count;

    /// <summary>Reads a whole request.</summary>
    /// <returns>Its path, or null if the client has closed the connection.</returns>
    public async Task<string?> ReadPathAsync()
    {
        while (true)
        {
            int headLength = _buffer.AsSpan(0, _count).IndexOf("\r\n\r\n"u8);
            if (headLength >= 0)
            {
                string head = Encoding.Latin1.GetString(_buffer, 0, headLength);
                int end = headLength + 4 + ParseContentLength(head);
                if (_count >= end)
                {
                    _buffer.AsSpan(end, _count - end).CopyTo(_buffer);
                    _count -= end;
                    return head.Split(' ', 3)[1];
                }
            }

            if (_count == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
            int received = await socket.ReceiveAsync(_buffer.AsMemory(_count));
            if (received == 0) return null;
            _count += received;
        }
    }

    private static int ParseContentLength(string head)
    {
        const string Name = "\r\nContent-Length: ";
        int at = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase);
        return at < 0 ? 0 : int.Parse(head.AsSpan(at + Name.Length).ToString().Split('\r')[0], CultureInfo.InvariantCulture);
    }
}
