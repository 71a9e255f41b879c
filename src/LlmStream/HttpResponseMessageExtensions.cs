using LlmStream.Transport;

namespace LlmStream;

/// <summary>Reads the responses to requests that the application sends itself.</summary>
public static class HttpResponseMessageExtensions
{
    /// <summary>
    /// Reads the body of a response as a stream of deltas. Send the request with
    /// <see cref="HttpCompletionOption.ResponseHeadersRead"/>; otherwise the whole answer is buffered before the first delta.
    /// </summary>
    /// <param name="response">The response. It is disposed of when the enumeration ends.</param>
    /// <param name="dialect">The format of the stream.</param>
    /// <param name="options">How it is read, and its limits; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Cancels reading, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The deltas, to be enumerated once.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="response"/> or <paramref name="dialect"/> is null.</exception>
    /// <exception cref="ChatStreamException">
    /// During the enumeration: the status is not a success; or the stream was truncated, failed, or has another format.
    /// </exception>
    /// <example>
    /// <code>
    /// using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    /// await foreach (ChatDelta delta in response.ReadChatDeltasAsync(ChatDialect.OpenAI)) Console.Write(delta.Text);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> ReadChatDeltasAsync(
        this HttpResponseMessage response,
        ChatDialect dialect,
        ChatReadOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(dialect);
        options ??= ChatReadOptions.Default;
        return ResponseBody.ReadAsync(
            response,
            options.MaxErrorBodyBytes,
            (body, token) => ChatStreamReader.ReadAsync(body, dialect, options, token),
            cancellationToken);
    }
}
