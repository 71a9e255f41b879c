using System.Globalization;
using LlmStream.Framing;

namespace LlmStream.Dialects.Replays;

/// <summary>
/// The replay of a llama.cpp server (ggml-org/llama.cpp, tools/server/server-stream.cpp; pull request 23226). A request with the header
/// <c>X-Conversation-Id</c> is generated to its end even if the client disconnects. The server keeps the last 4 MiB of the stream,
/// until 5 minutes after its end, and replays it from a byte offset. A second request with the same id stops the first.
/// </summary>
internal sealed class LlamaCppReplay : ReplayProtocol
{
    public override string RequestIdHeader => "X-Conversation-Id";

    public override string PositionOf(StreamPosition position) => position.Bytes.ToString(CultureInfo.InvariantCulture);

    /// <summary>The id is a parameter; in the first versions it was a segment of the path. The other form is answered with 404.</summary>
    public override IReadOnlyList<RequestDescription> DescribeReplays(ReplayPoint point, string accept) =>
    [
        .. PathsOf(point.Id).Select(path => new RequestDescription
        {
            Method = "GET",
            Path = path + (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "from=" + point.Position,
            Accept = accept,
        }),
    ];

    /// <summary><c>DELETE</c>, which is answered with 204 even if the stream is not kept anymore.</summary>
    public override IReadOnlyList<RequestDescription> DescribeStops(string id) =>
        [.. PathsOf(id).Select(path => new RequestDescription { Method = "DELETE", Path = path, Accept = "*/*" })];

    private static string[] PathsOf(string id)
    {
        string escaped = Uri.EscapeDataString(id);
        return ["stream?conv_id=" + escaped, "stream/" + escaped];
    }
}
