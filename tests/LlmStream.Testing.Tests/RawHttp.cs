using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LlmStream.Testing.Tests;

/// <summary>How a connection ended, as its socket saw it.</summary>
public enum WireEnd
{
    /// <summary>With the chunk of length 0, or with the last byte that Content-Length announced.</summary>
    Terminated,

    /// <summary>With FIN, before the body was whole.</summary>
    Fin,

    /// <summary>With RST.</summary>
    Reset,

    /// <summary>Not at all: nothing more came until the reading was given up.</summary>
    Open,
}

/// <summary>What came back: every byte that the socket gave.</summary>
public sealed record RawResponse(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body, IReadOnlyList<int> Chunks, WireEnd End)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>A client of HTTP/1.1 on a bare socket, which hides nothing.</summary>
public sealed class RawHttp : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private WireEnd? _closed;

    public const string Question = """{"model":"m","stream":true,"messages":[{"role":"user","content":"Why?"}]}""";

    public static async Task<RawResponse> AskAsync(ScriptedLlmServer server, string body = Question, string? path = null, params string[] headers)
    {
        using var client = new RawHttp();
        await client.SendAsync(server, body, path, headers);
        return await client.ReadAsync();
    }

    public async Task SendAsync(ScriptedLlmServer server, string body = Question, string? path = null, params string[] headers)
    {
        await _socket.ConnectAsync(IPAddress.Loopback, server.BaseAddress.Port);
        int length = Encoding.UTF8.GetByteCount(body);
        string method = body.Length == 0 ? "GET" : "POST";
        string head = $"{method} {path ?? "/v1/chat/completions"} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n"
            + string.Concat(headers.Select(header => header + "\r\n")) + "\r\n";
        await _socket.SendAsync(Encoding.UTF8.GetBytes(head + body));
    }

    /// <summary>Reads the response to its end, or up to a number of bytes of its body.</summary>
    public async Task<RawResponse> ReadAsync(int upTo = int.MaxValue)
    {
        var body = new List<byte>();
        var chunks = new List<int>();
        if (await LineAsync() is not { } statusLine) return new RawResponse(0, new Dictionary<string, string>(), [], [], _closed!.Value);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await LineAsync() is { Length: > 0 } line)
        {
            headers[line[..line.IndexOf(':', StringComparison.Ordinal)]] = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }

        WireEnd end = headers.TryGetValue("Content-Length", out string? length)
            ? await CopyAsync(int.Parse(length, CultureInfo.InvariantCulture), body) ? WireEnd.Terminated : _closed!.Value
            : await ReadChunksAsync(body, chunks, upTo);
        return new RawResponse(int.Parse(statusLine.Split(' ')[1], CultureInfo.InvariantCulture), headers, [.. body], chunks, end);
    }

    public void Dispose() => _socket.Dispose();

    private async Task<WireEnd> ReadChunksAsync(List<byte> body, List<int> chunks, int upTo)
    {
        while (body.Count < upTo)
        {
            if (await LineAsync() is not { } line) return _closed!.Value;
            int size = int.Parse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                Assert.Equal("", await LineAsync());
                return WireEnd.Terminated;
            }

            chunks.Add(size);
            if (!await CopyAsync(size, body)) return _closed!.Value;
            Assert.Equal("", await LineAsync());
        }

        return WireEnd.Open;
    }

    private async Task<bool> CopyAsync(int count, List<byte> to)
    {
        for (; count > 0; count--)
        {
            if (_start == _end && !await FillAsync()) return false;
            to.Add(_buffer[_start++]);
        }

        return true;
    }

    private async Task<string?> LineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end && !await FillAsync()) return null;
            char c = (char)_buffer[_start++];
            if (c == '\n') return line.ToString();
            if (c != '\r') line.Append(c);
        }
    }

    private async Task<bool> FillAsync()
    {
        try
        {
            (_start, _end) = (0, await _socket.ReceiveAsync(_buffer));
            if (_end == 0) _closed = WireEnd.Fin;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset)
        {
            (_start, _end) = (0, 0);
            _closed = WireEnd.Reset;
        }

        return _end > 0;
    }
}
