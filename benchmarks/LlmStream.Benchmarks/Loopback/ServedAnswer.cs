using System.Globalization;
using System.Text;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Loopback;

/// <summary>The bytes of an HTTP response, and where in them each event ends. The head belongs to the first event, the last chunk to the last.</summary>
internal sealed class ServedAnswer
{
    private readonly byte[] _bytes;
    private readonly List<int> _ends = [];

    public ServedAnswer(KnownStream stream)
    {
        using var whole = new MemoryStream();
        whole.Write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"u8);
        byte[] body = [.. stream.Segments.SelectMany(segment => segment.ToArray())];
        for (int start = 0; start < body.Length;)
        {
            int length = body.AsSpan(start).IndexOf("\n\n"u8) + 2;
            whole.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{length:x}\r\n")));
            whole.Write(body.AsSpan(start, length));
            whole.Write("\r\n"u8);
            _ends.Add((int)whole.Length);
            start += length;
        }

        whole.Write("0\r\n\r\n"u8);
        _bytes = whole.ToArray();
        _ends[^1] = _bytes.Length;
    }

    public ReadOnlyMemory<byte> Before(int number) => _bytes.AsMemory(0, _ends[number - 1]);

    public ReadOnlyMemory<byte> Between(int first, int end) => _bytes.AsMemory(_ends[first - 1].._ends[end - 1]);

    public ReadOnlyMemory<byte> From(int number) => _bytes.AsMemory(number == 0 ? 0 : _ends[number - 1]);
}
