using System.Runtime.CompilerServices;

namespace LlmStream.Transport;

/// <summary>Reads the body of a response that the application has requested itself.</summary>
internal static class ResponseBody
{
    /// <summary>Reads a body, and ends the response as soon as the sequence ends or is left.</summary>
    /// <param name="response">The response. It is disposed of.</param>
    /// <param name="maxErrorBodyBytes">How many bytes are read of the body of an error response.</param>
    /// <param name="read">Reads the items of a body. It is left open.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <exception cref="ChatStreamException">The status is not a success; or thrown by <paramref name="read"/>.</exception>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        HttpResponseMessage response,
        int maxErrorBodyBytes,
        Func<Stream, CancellationToken, IAsyncEnumerable<T>> read,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Stream? body = null;
        bool isComplete = false;
        try
        {
            if (!response.IsSuccessStatusCode)
            {
                throw await FailedResponse.ReadAsync(
                    response, maxErrorBodyBytes, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }

            CompressedBody.Check(response);
            body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await foreach (T item in read(body, cancellationToken).ConfigureAwait(false)) yield return item;
            isComplete = true;
        }
        finally
        {
            if (body is null) response.Dispose();
            else await ResponseEnding.EndAsync(response, body, isComplete, TimeProvider.System).ConfigureAwait(false);
        }
    }
}
