using LlmStream.Framing;

namespace LlmStream.Dialects;

/// <summary>
/// How a server replays the streams that it has sent, byte by byte, whatever their format. A format that has replays of its own
/// describes them in its <see cref="Dialect"/>.
/// </summary>
internal abstract class ReplayProtocol
{
    /// <summary>The header of a request in which the client chooses the id of the kept stream; null if the server chooses it.</summary>
    public virtual string? RequestIdHeader => null;

    /// <summary>The header of a response with the id of the kept stream; null if the client chooses it.</summary>
    public virtual string? ResponseIdHeader => null;

    /// <summary>The server of the replays; null if it is the provider's. It must be the same server, because the key is sent.</summary>
    public virtual Uri? BaseAddress => null;

    /// <summary>Names a position in a stream as the protocol does.</summary>
    public abstract string PositionOf(StreamPosition position);

    /// <summary>
    /// Describes the request for the rest of a kept stream: several if versions of the server differ, to be tried in this order.
    /// </summary>
    /// <param name="point">Where the rest begins.</param>
    /// <param name="accept">The media type of the stream.</param>
    public abstract IReadOnlyList<RequestDescription> DescribeReplays(ReplayPoint point, string accept);

    /// <summary>
    /// Describes the requests that stop generating, of which the first that succeeds counts. Empty, the default, if a server stops
    /// when the connection is closed, or cannot be stopped.
    /// </summary>
    public virtual IReadOnlyList<RequestDescription> DescribeStops(string id) => [];
}
