using System.Net.WebSockets;
using System.Runtime.InteropServices;

namespace LlmStream.Compatibility;

/// <summary>What a read from a WebSocket returned.</summary>
internal readonly record struct ValueWebSocketReceiveResult(int Count, WebSocketMessageType MessageType, bool EndOfMessage);

/// <summary>Reads from a WebSocket into memory.</summary>
internal static class WebSocketReceive
{
    public static async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(
        this WebSocket socket, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        bool isArray = MemoryMarshal.TryGetArray(buffer, out ArraySegment<byte> segment);
        if (!isArray) segment = new(new byte[buffer.Length]);
        WebSocketReceiveResult result = await socket.ReceiveAsync(segment, cancellationToken).ConfigureAwait(false);
        if (!isArray) segment.AsSpan(0, result.Count).CopyTo(buffer.Span);
        return new(result.Count, result.MessageType, result.EndOfMessage);
    }
}
