using System.Net.WebSockets;

namespace LlmStream.Framing;

/// <summary>The bytes of a WebSocket's messages. A read returns bytes of one message, and the properties describe that read.</summary>
internal sealed class WebSocketBytes(WebSocket socket) : ReadOnlyStream
{
    /// <summary>Whether the last read returned the end of a message.</summary>
    public bool IsAtMessageEnd { get; private set; }

    /// <summary>Whether the other side has closed its half of the connection.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>The reason that the other side gave when it closed, or null.</summary>
    public string? CloseReason => IsClosed ? socket.CloseStatusDescription : null;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (IsClosed) return 0;
        ValueWebSocketReceiveResult result = await socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
        IsClosed = result.MessageType == WebSocketMessageType.Close;
        IsAtMessageEnd = result.EndOfMessage;
        return result.Count;
    }
}
