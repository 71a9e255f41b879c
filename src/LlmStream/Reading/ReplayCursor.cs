using LlmStream.Dialects;
using LlmStream.Framing;

namespace LlmStream.Reading;

/// <summary>The position in a stream that its server keeps, over all connections on which the stream was read.</summary>
/// <param name="protocol">How the server replays the stream.</param>
/// <param name="id">The id of the kept stream.</param>
internal sealed class ReplayCursor(ReplayProtocol protocol, string id)
{
    private StreamPosition _start; // of the connection that is being read
    private StreamPosition _position;

    /// <summary>The place after the last event that was handled.</summary>
    public ReplayPoint Point => new(id, protocol.PositionOf(_position));

    /// <summary>Another connection begins, with the bytes after <see cref="Point"/>.</summary>
    public void BeginReplay() => _start = _position;

    /// <summary>An event was handled.</summary>
    /// <param name="position">The position after it on this connection.</param>
    public void MoveTo(StreamPosition position) => _position = _start + position;
}
