using System.Collections.Concurrent;
using System.Globalization;
using LlmStream.Testing.Dialects;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace LlmStream.Testing.Serving;

/// <summary>A request for a kept stream.</summary>
/// <param name="Id">The id of the stream.</param>
/// <param name="From">The byte or event at which to begin.</param>
internal sealed record StreamReplayRequest(string Id, long From);

/// <summary>A stream that can be sent again.</summary>
/// <param name="Dialect">Its dialect.</param>
/// <param name="Write">Writes all of it, without the faults of the connection.</param>
internal sealed record KeptStream(ServerDialect Dialect, Func<IEnumerable<Frame>> Write);

/// <summary>Keeps streams as a <see cref="ReplayKind"/> determines, and parses the requests for them.</summary>
internal sealed class StreamStore(ReplayKind kind)
{
    private const string RequestHeader = "X-Conversation-Id";
    private const string ResponseHeader = "cf-aig-run-id";
    private const string StreamPath = "/stream";
    private const string RunPath = "/run/";
    private const string ResumePath = "/resume";

    private readonly ConcurrentDictionary<string, KeptStream> _streams = new(StringComparer.Ordinal);

    /// <summary>Keeps a stream that is about to be sent, if its request or the kind of replay says so.</summary>
    public void Keep(ScriptedRequest request, HttpResponse response, ServerDialect dialect, Func<IEnumerable<Frame>> write)
    {
        bool isEventStream = dialect.StreamContentType.StartsWith("text/event-stream", StringComparison.Ordinal);
        if (kind is ReplayKind.LlamaCpp && request.Headers.TryGetValue(RequestHeader, out string? id) && id.Length > 0)
            _streams[id] = new KeptStream(dialect, write);
        if (kind is not ReplayKind.CloudflareGateway || !isEventStream) return;
        string runId = string.Create(CultureInfo.InvariantCulture, $"run_{request.Number:D8}");
        response.Headers[ResponseHeader] = runId;
        _streams[runId] = new KeptStream(dialect, write);
    }

    /// <summary>Parses a request for a kept stream; null if it is another request.</summary>
    public StreamReplayRequest? Parse(ScriptedRequest request)
    {
        Dictionary<string, StringValues> query = QueryHelpers.ParseQuery(request.Query);
        string? id = kind switch
        {
            ReplayKind.LlamaCpp when request.Path.EndsWith(StreamPath, StringComparison.Ordinal) => query.GetValueOrDefault("conv_id"),
            ReplayKind.LlamaCpp => Between(request.Path, StreamPath + "/", ""),
            ReplayKind.CloudflareGateway => Between(request.Path, RunPath, ResumePath),
            _ => null,
        };
        if (string.IsNullOrEmpty(id)) return null;
        bool isNumber = long.TryParse(query.GetValueOrDefault("from"), NumberStyles.None, CultureInfo.InvariantCulture, out long from);
        return new StreamReplayRequest(id, isNumber ? from : 0);
    }

    public KeptStream? Find(string id) => _streams.GetValueOrDefault(id);

    public void Remove(string id) => _streams.TryRemove(id, out _);

    /// <summary>Writes a stream from a byte or an event on.</summary>
    public IEnumerable<Frame> Write(KeptStream stream, long from)
    {
        foreach (Frame frame in stream.Write())
        {
            Frame rest = frame with { Index = -1 };
            if (from > 0 && kind is ReplayKind.CloudflareGateway)
            {
                if (IsBlock(frame)) from--;
                continue;
            }

            if (from > 0)
            {
                int skipped = (int)Math.Min(from, frame.Bytes.Length);
                from -= skipped;
                if (skipped == frame.Bytes.Length) continue;
                rest = new Frame(FrameKind.Comment, frame.Bytes[skipped..], 0, 0); // the rest of an event is not one
            }

            yield return rest;
        }
    }

    // A byte order mark is not an event.
    private static bool IsBlock(Frame frame) => frame.Bytes is [.., (byte)'\n' or (byte)'\r'];

    private static string? Between(string path, string start, string end)
    {
        int index = path.LastIndexOf(start, StringComparison.Ordinal);
        return index < 0 || !path.EndsWith(end, StringComparison.Ordinal)
            ? null
            : Uri.UnescapeDataString(path[(index + start.Length)..^end.Length]);
    }
}
