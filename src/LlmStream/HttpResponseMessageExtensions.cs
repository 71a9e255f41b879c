using System.Runtime.CompilerServices;
using LlmStream.Transport;

namespace LlmStream;

/// <summary>Reads the answer of a request that one sent oneself.</summary>
public static class HttpResponseMessageExtensions
{
    /// <summary>
    /// Reads the body of a response as a stream of deltas. The request is best sent with
    /// <see cref="HttpCompletionOption.ResponseHeadersRead"/>: without it the whole answer is buffered before the first
    /// delta.
    /// </summary>
    /// <param name="response">The response. It is disposed of when the sequence ends or is left.</param>
    /// <param name="dialect">The format of the stream.</param>
    /// <param name="options">How it is read and how large it may grow; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Ends the reading with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The deltas, to be enumerated once.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="response"/> or <paramref name="dialect"/> is null.</exception>
    /// <exception cref="ChatStreamException">
    /// While it is enumerated: the status is not one of success, or the stream was cut, failed, or is none.
    /// </exception>
    /// <example>
    /// <code>
    /// using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    /// await foreach (ChatDelta delta in response.ReadChatDeltasAsync(ChatDialect.OpenAI)) Console.Write(delta.Text);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<ChatDelta> ReadChatDeltasAsync(
        this HttpResponseMessage response, ChatDialect dialect, ChatReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(dialect);
        return Iterate(response, dialect, options ?? ChatReadOptions.Default, cancellationToken);

        static async IAsyncEnumerable<ChatDelta> Iterate(
            HttpResponseMessage response, ChatDialect dialect, ChatReadOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Stream? body = null;
            bool isComplete = false;
            try
            {
                if (!response.IsSuccessStatusCode)
                    throw await FailedResponse.ReadAsync(response, options.MaxErrorBodyBytes, TimeProvider.System, cancellationToken).ConfigureAwait(false);

                body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
                await foreach (ChatDelta delta in ChatStreamReader.ReadAsync(body, dialect, options, cancellationToken).ConfigureAwait(false))
                {
                    yield return delta;
                }

                isComplete = true;
            }
            finally
            {
                if (body is null) response.Dispose();
                else await ResponseEnding.EndAsync(response, body, isComplete, TimeProvider.System).ConfigureAwait(false);
            }
        }
    }
}
