using System.Net.WebSockets;
using LlmStream.Reading;

namespace LlmStream;

/// <summary>Reads answers from WebSockets.</summary>
public static class WebSocketExtensions
{
    /// <summary>
    /// Reads one answer from a WebSocket whose messages are the events of a dialect. For an application's own server use
    /// <see cref="ChatDialect.Tokens"/>: it sends <c>{"token":"…"}</c> and at the end <c>{"done":true}</c>.
    /// </summary>
    /// <param name="socket">
    /// An open WebSocket over which the request has been sent. It is left open after an answer that is complete, or that the server ended
    /// with an error, and can be used for the next request. It is aborted if reading is cancelled, or ends or fails before the end of the
    /// answer, because the remaining messages would be read as the beginning of the next answer.
    /// </param>
    /// <param name="dialect">
    /// The format of the messages. If the format has no end marker, the answer ends when the server closes the connection.
    /// </param>
    /// <param name="options">
    /// How the answer is read, and its limits; each message is an event; <see langword="null"/> for the defaults.
    /// </param>
    /// <param name="cancellationToken">Cancels reading, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The deltas of one answer, to be enumerated once.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="socket"/> or <paramref name="dialect"/> is null.</exception>
    /// <exception cref="ChatStreamException">
    /// During the enumeration: the server closed the connection before the answer was complete (<see cref="ChatStreamError.Truncated"/>,
    /// with the reason that it stated), the connection was lost, the server reported an error, or a message could not be decoded.
    /// </exception>
    /// <example>
    /// <code>
    /// using var socket = new ClientWebSocket();
    /// await socket.ConnectAsync(new Uri("ws://localhost:8000/ws/chat"), ct);
    /// await socket.SendAsync("""{"message":"Hello"}"""u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, ct);
    /// await foreach (ChatDelta delta in socket.ReadChatDeltasAsync(ChatDialect.Tokens, cancellationToken: ct))
    /// {
    ///     Console.Write(delta.Text);
    /// }
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> ReadChatDeltasAsync(
        this WebSocket socket, ChatDialect dialect, ChatReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(dialect);
        options ??= ChatReadOptions.Default;
        return new DeltaSequence(() => new ReadSession(socket, dialect, options), cancellationToken);
    }
}
