using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore;

/// <summary>Results of endpoints that stream an answer to the browser.</summary>
public static class ChatResults
{
    /// <summary>Streams deltas to the browser.</summary>
    /// <param name="deltas">
    /// The deltas of one answer. They are enumerated when the result is executed, with the request's token: if the client leaves, the
    /// request to the provider ends at once.
    /// </param>
    /// <param name="wire">The wire protocol.</param>
    /// <param name="options">Options; those that concern requests have no effect. Default: none.</param>
    /// <param name="ids">The ids that the browser is told. Default: new ones.</param>
    /// <returns>
    /// The result. A failure before the first delta has an HTTP status of its own; after it, it is the wire's error event.
    /// </returns>
    /// <exception cref="ArgumentNullException"><paramref name="deltas"/> or <paramref name="wire"/> is null.</exception>
    /// <exception cref="ArgumentException">A value of <paramref name="options"/> is not valid.</exception>
    /// <example>
    /// <code>
    /// app.MapPost("/chat", (Question question, LlmStreamClient llm, CancellationToken cancellationToken) =>
    ///     ChatResults.Stream(llm.StreamAsync(question.Text, cancellationToken: cancellationToken), ChatWire.UIMessages));
    /// </code>
    /// </example>
    public static ChatStreamHttpResult Stream(
        IAsyncEnumerable<ChatDelta> deltas, ChatWire wire, ChatRelayOptions? options = null, ChatRelayIds? ids = null)
    {
        ArgumentNullException.ThrowIfNull(deltas);
        ArgumentNullException.ThrowIfNull(wire);
        return new ChatStreamHttpResult(deltas, wire, (options ?? new ChatRelayOptions()).Snapshot(), ids ?? new ChatRelayIds());
    }

    /// <summary>Streams the updates of any <see cref="IChatClient"/> to the browser, with the calls and results of its tools.</summary>
    /// <param name="updates">
    /// The updates of one response, as in <see cref="Stream(IAsyncEnumerable{ChatDelta}, ChatWire, ChatRelayOptions?, ChatRelayIds?)"/>. If
    /// they end without a finish reason, the browser is told that the answer was cut off.
    /// </param>
    /// <param name="wire">The wire protocol.</param>
    /// <param name="options">Options; those that concern requests have no effect. Default: none.</param>
    /// <param name="ids">The ids that the browser is told. Default: new ones.</param>
    /// <returns>The result.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="updates"/> or <paramref name="wire"/> is null.</exception>
    /// <exception cref="ArgumentException">A value of <paramref name="options"/> is not valid.</exception>
    /// <example>
    /// <code>
    /// app.MapPost("/agent", (Question question, IChatClient client, CancellationToken cancellationToken) =>
    ///     ChatResults.Stream(client.GetStreamingResponseAsync(question.Text, cancellationToken: cancellationToken), ChatWire.AgUI));
    /// </code>
    /// </example>
    public static ChatStreamHttpResult Stream(
        IAsyncEnumerable<ChatResponseUpdate> updates, ChatWire wire, ChatRelayOptions? options = null, ChatRelayIds? ids = null)
    {
        ArgumentNullException.ThrowIfNull(updates);
        return Stream(updates.ToChatDeltas(), wire, options, ids);
    }
}
