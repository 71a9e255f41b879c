using System.Net.WebSockets;

namespace LlmStream.Framing;

/// <summary>The bytes of a WebSocket's messages, one fragment or less with each read, and what the last read was of.</summary>
internal sealed class WebSocketBytes(WebSocket socket) : ReadOnlyStream
{
    /// <summary>Whether the last read brought the end of a message.</summary>
    public bool IsAtMessageEnd { get; private set; }

    /// <summary>Whether the other side has said that nothing more comes.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>What the other side said when it closed, or null.</summary>
    public string? ClosingWords => IsClosed ? socket.CloseStatusDescription : null;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (IsClosed) return 0;
        ValueWebSocketReceiveResult result = await socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
        IsClosed = result.MessageType == WebSocketMessageType.Close;
        IsAtMessageEnd = result.EndOfMessage;
        return result.Count;
    }
}
