using System.Net.WebSockets;
using LlmStream.Reading;

namespace LlmStream;

/// <summary>Reads the answers that come over a WebSocket.</summary>
public static class WebSocketExtensions
{
    /// <summary>
    /// Reads one answer from a WebSocket whose messages are the events of a dialect: <see cref="ChatDialect.Tokens"/>
    /// where a server of one's own sends <c>{"token":"…"}</c> and at last <c>{"done":true}</c>.
    /// </summary>
    /// <param name="socket">
    /// The connection, open, over which the question has been sent. It stays the caller's: behind an answer that is complete,
    /// or that the server ended with an error, it carries the next question. Where an answer is left or fails before its end,
    /// or its reading is cancelled, the socket is aborted, because what is still to come of the answer would be read as the
    /// beginning of the next one.
    /// </param>
    /// <param name="dialect">
    /// The format of the messages. Where it has no marker behind its last event, the reading ends when the server closes.
    /// </param>
    /// <param name="options">How it is read and how large it may grow, an event being a message; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Ends the reading with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The deltas of one answer, to be enumerated once.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="socket"/> or <paramref name="dialect"/> is null.</exception>
    /// <exception cref="ChatStreamException">
    /// While it is enumerated: the server closed before the answer was complete (<see cref="ChatStreamError.Truncated"/>, with
    /// the reason that it gave), the connection broke, the server reported an error, or a message could not be understood.
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
