using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LlmStream.Testing.Tests;

/// <summary>How a response ended, as seen on the socket.</summary>
public enum ResponseEnd
{
    /// <summary>With the last chunk, or with the last byte announced by Content-Length.</summary>
    Complete,

    /// <summary>With FIN, before the body was complete.</summary>
    Fin,

    /// <summary>With RST.</summary>
    Reset,

    /// <summary>It has not ended; the test stopped reading.</summary>
    Open,
}

/// <summary>A response, with the sizes of the chunks of its body.</summary>
public sealed record RawResponse(
    int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body, IReadOnlyList<int> Chunks, ResponseEnd End)
{
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>An HTTP/1.1 client on a socket, which shows everything the server sends.</summary>
public sealed class RawHttp : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private ResponseEnd? _closed;

    /// <summary>A streaming chat request in OpenAI's dialect.</summary>
    public const string Question = """{"model":"m","stream":true,"messages":[{"role":"user","content":"Why?"}]}""";

    /// <summary>Starts a server with a script, sends a request, and reads the response.</summary>
    public static async Task<RawResponse> RequestAsync(
        Script script, string body = Question, string? path = null, params string[] headers)
    {
        await using var server = await ScriptedLlmServer.StartAsync(script);
        return await RequestAsync(server, body, path, headers);
    }

    /// <summary>Sends a request, and reads the response. An empty body means a GET.</summary>
    public static async Task<RawResponse> RequestAsync(
        ScriptedLlmServer server, string body = Question, string? path = null, params string[] headers)
    {
        using var client = new RawHttp();
        await client.SendAsync(server, body, path, headers);
        return await client.ReadAsync();
    }

    public async Task SendAsync(ScriptedLlmServer server, string body = Question, string? path = null, params string[] headers)
    {
        await _socket.ConnectAsync(IPAddress.Loopback, server.BaseAddress.Port);
        var head = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"{(body.Length == 0 ? "GET" : "POST")} {path ?? "/v1/chat/completions"} HTTP/1.1\r\n")
            .Append("Host: localhost\r\n")
            .Append("Content-Type: application/json\r\n")
            .Append(CultureInfo.InvariantCulture, $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n");
        foreach (string header in headers) head.Append(header).Append("\r\n");
        await _socket.SendAsync(Encoding.UTF8.GetBytes(head + "\r\n" + body));
    }

    /// <summary>Reads the response to its end, or until a number of bytes of its body have been read.</summary>
    public async Task<RawResponse> ReadAsync(int upTo = int.MaxValue)
    {
        var body = new List<byte>();
        var chunks = new List<int>();
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (await ReadLineAsync() is not { } statusLine) return new RawResponse(0, headers, [], [], _closed!.Value);
        while (await ReadLineAsync() is { Length: > 0 } line)
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }

        ResponseEnd end = headers.TryGetValue("Content-Length", out string? length)
            ? await CopyAsync(int.Parse(length, CultureInfo.InvariantCulture), body) ? ResponseEnd.Complete : _closed!.Value
            : await ReadChunksAsync(body, chunks, upTo);
        return new RawResponse(int.Parse(statusLine.Split(' ')[1], CultureInfo.InvariantCulture), headers, [.. body], chunks, end);
    }

    public void Dispose() => _socket.Dispose();

    private async Task<ResponseEnd> ReadChunksAsync(List<byte> body, List<int> chunks, int upTo)
    {
        while (body.Count < upTo)
        {
            if (await ReadLineAsync() is not { } line) return _closed!.Value;
            int size = int.Parse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                Assert.Equal("", await ReadLineAsync());
                return ResponseEnd.Complete;
            }

            chunks.Add(size);
            if (!await CopyAsync(size, body)) return _closed!.Value;
            Assert.Equal("", await ReadLineAsync());
        }

        return ResponseEnd.Open;
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

    private async Task<string?> ReadLineAsync()
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
            if (_end == 0) _closed = ResponseEnd.Fin;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset)
        {
            (_start, _end) = (0, 0);
            _closed = ResponseEnd.Reset;
        }

        return _end > 0;
    }
}
