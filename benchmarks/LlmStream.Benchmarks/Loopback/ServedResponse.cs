using System.Diagnostics;
using System.Globalization;
using System.Text;
using LlmStream.Benchmarks.Streams;

namespace LlmStream.Benchmarks.Loopback;

/// <summary>
/// The bytes of an HTTP response, with the offset after each event. The head belongs to the first event, the last chunk to the last.
/// </summary>
internal sealed class ServedResponse
{
    private readonly byte[] _bytes;
    private readonly List<int> _ends = [];

    public ServedResponse(SampleStream stream)
    {
        using var response = new MemoryStream();
        response.Write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"u8);
        byte[] body = [.. stream.Segments.SelectMany(segment => segment.ToArray())];
        for (int start = 0; start < body.Length;)
        {
            int length = body.AsSpan(start).IndexOf("\n\n"u8) + 2;
            Debug.Assert(length >= 2, "The body ends with an empty line.");
            response.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{length:x}\r\n")));
            response.Write(body.AsSpan(start, length));
            response.Write("\r\n"u8);
            _ends.Add((int)response.Length);
            start += length;
        }

        response.Write("0\r\n\r\n"u8);
        _bytes = response.ToArray();
        _ends[^1] = _bytes.Length;
    }

    /// <summary>The number of events.</summary>
    public int Count => _ends.Count;

    /// <summary>The first events.</summary>
    public ReadOnlyMemory<byte> GetFirst(int count) => _bytes.AsMemory(0, _ends[count - 1]);

    /// <summary>A single event; not the first one.</summary>
    public ReadOnlyMemory<byte> GetEvent(int index) => _bytes.AsMemory(_ends[index - 1].._ends[index]);

    /// <summary>All events from an index on.</summary>
    public ReadOnlyMemory<byte> GetFrom(int index) => _bytes.AsMemory(index == 0 ? 0 : _ends[index - 1]);
}
