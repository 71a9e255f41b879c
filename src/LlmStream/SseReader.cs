using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using LlmStream.Reading;

namespace LlmStream;

/// <summary>Reads a stream of JSON events that are no model's answer: progress, prices, an application's own messages.</summary>
public static class SseReader
{
    /// <summary>
    /// Reads the server-sent events of a body, or its JSON lines, and yields the JSON of each as it comes. How the request
    /// was made (GET or POST) makes no difference; comments, pings and empty events are passed over.
    /// </summary>
    /// <remarks>
    /// Such a stream has no signal by which it says that it is whole: it ends at <c>[DONE]</c>, or where its bytes end. That
    /// events are missing behind the last one cannot be told; that the stream was cut within an event can, and is an error.
    /// An event behind which the stream ends without a blank line counts if its JSON is whole. Types and ids of events are
    /// passed over, but for the type <c>error</c>. Of <paramref name="options"/> only <see cref="ChatReadOptions.MaxEventBytes"/> applies.
    /// </remarks>
    /// <typeparam name="T">What the JSON of an event says.</typeparam>
    /// <param name="stream">The body. It is read asynchronously, and left open: it belongs to the caller.</param>
    /// <param name="typeInfo">How the JSON of an event is read: of a source-generated context, so that it works when trimmed.</param>
    /// <param name="options">How large an event may be; <see langword="null"/> for the default of 16 MiB.</param>
    /// <param name="cancellationToken">Ends the reading with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The events, to be enumerated once. An event that is <c>null</c> is left out.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> or <paramref name="typeInfo"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="stream"/> cannot be read.</exception>
    /// <exception cref="ChatStreamException">
    /// While it is enumerated, behind all events that came before: <see cref="ChatStreamError.ProviderError"/> for an event of
    /// type <c>error</c> and for an object with an <c>error</c> that says something; <see cref="ChatStreamError.MalformedEvent"/>,
    /// which quotes it, for an event that is no JSON or does not fit <typeparamref name="T"/>;
    /// <see cref="ChatStreamError.Truncated"/> for a cut event; <see cref="ChatStreamError.NotAStream"/>,
    /// <see cref="ChatStreamError.TooLarge"/> and <see cref="ChatStreamError.Connection"/> as for any stream.
    /// </exception>
    /// <example>
    /// <code>
    /// await using Stream body = await http.GetStreamAsync("http://localhost:4000/events");
    /// await foreach (Count count in SseReader.ReadAsync(body, AppJson.Default.Count)) Console.WriteLine(count.Value);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<T> ReadAsync<T>(
        Stream stream, JsonTypeInfo<T> typeInfo, ChatReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(typeInfo);
        if (!stream.CanRead) throw new ArgumentException("The stream cannot be read: it is closed, or only for writing.", nameof(stream));
        return Iterate(stream, typeInfo, options ?? ChatReadOptions.Default, cancellationToken);

        static async IAsyncEnumerable<T> Iterate(
            Stream stream, JsonTypeInfo<T> typeInfo, ChatReadOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var session = new JsonEventSession<T>(stream, typeInfo, options);
            await using (session.ConfigureAwait(false))
            {
                while (await session.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (session.TryTake(out T? value)) yield return value;
                }
            }
        }
    }
}
