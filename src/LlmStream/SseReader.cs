using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using LlmStream.Framing;
using LlmStream.Reading;
using LlmStream.Resilience;
using LlmStream.Transport;

namespace LlmStream;

/// <summary>Reads streams of JSON events that are not chat answers: progress, prices, an application's own messages.</summary>
public static class SseReader
{
    /// <summary>
    /// Reads the server-sent events of a body, or its JSON lines, and returns the deserialized JSON of each event as it arrives. Works
    /// for responses to any request (GET or POST). Comments, pings and empty events are skipped.
    /// </summary>
    /// <remarks>
    /// Such a stream has no signal that it is complete: it ends with <c>[DONE]</c>, or with the body. Missing events after the last one
    /// cannot be detected; a stream that was cut off within an event can, and is an error. If the blank line after the last event is
    /// missing, the event counts if its JSON is complete. <see cref="SseItem{T}.EventId"/> is the last id that the stream has sent, with
    /// this event or before it (HTML Standard, 9.2.6), and <see cref="SseItem{T}.ReconnectionInterval"/> the <c>retry</c> that came with
    /// it.
    /// </remarks>
    /// <typeparam name="T">The type of the events.</typeparam>
    /// <param name="stream">The body. It is read asynchronously, and left open.</param>
    /// <param name="typeInfo">The JSON contract of the type; that of a source-generated context works when trimmed too.</param>
    /// <param name="options">The limits; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Cancels reading, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The events, with their types and ids, to be enumerated once. Events that are <c>null</c> are skipped.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="stream"/> or <paramref name="typeInfo"/> is null.</exception>
    /// <exception cref="ArgumentException"><paramref name="stream"/> cannot be read.</exception>
    /// <exception cref="ChatStreamException">
    /// During the enumeration, after all events that had arrived. <see cref="ChatStreamError.ProviderError"/>: an event of type
    /// <c>error</c>, or an object with an <c>error</c> that is not empty. <see cref="ChatStreamError.MalformedEvent"/>: an event that is
    /// not JSON, or cannot be deserialized as <typeparamref name="T"/>; the message quotes it. <see cref="ChatStreamError.Truncated"/>:
    /// an event that was cut off. <see cref="ChatStreamError.NotAStream"/>, <see cref="ChatStreamError.TooLarge"/> and
    /// <see cref="ChatStreamError.Connection"/>: as for any stream.
    /// </exception>
    /// <example>
    /// <code>
    /// await using Stream body = await http.GetStreamAsync("http://localhost:4000/events");
    /// await foreach (SseItem&lt;Count&gt; item in SseReader.ReadAsync(body, AppJson.Default.Count)) Console.WriteLine(item.Data.Value);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<SseItem<T>> ReadAsync<T>(
        Stream stream, JsonTypeInfo<T> typeInfo, SseReaderOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(typeInfo);
        if (!stream.CanRead) throw new ArgumentException("The stream cannot be read: it is closed or write-only.", nameof(stream));
        return Iterate(stream, typeInfo, options ?? SseReaderOptions.Default, cancellationToken);

        static async IAsyncEnumerable<SseItem<T>> Iterate(
            Stream stream,
            JsonTypeInfo<T> typeInfo,
            SseReaderOptions options,
            [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var session = new JsonEventSession<T>(new GuardedStream(stream), typeInfo, options);
            await using (session.ConfigureAwait(false))
            {
                while (await session.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (session.TryTake(out SseItem<T> item)) yield return item;
                }
            }
        }
    }

    /// <summary>
    /// Reads the body of a response as JSON events. Send the request with <see cref="HttpCompletionOption.ResponseHeadersRead"/>;
    /// otherwise the whole body is buffered before the first event.
    /// </summary>
    /// <typeparam name="T">The type of the events.</typeparam>
    /// <param name="response">The response. It is disposed of at the end of the enumeration, however that ends.</param>
    /// <param name="typeInfo">The JSON contract of the type; that of a source-generated context works when trimmed too.</param>
    /// <param name="options">The limits; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Cancels reading, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The events, with their types and ids, to be enumerated once. Events that are <c>null</c> are skipped.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="response"/> or <paramref name="typeInfo"/> is null.</exception>
    /// <exception cref="ChatStreamException">
    /// During the enumeration: the status is not a success; or as for
    /// <see cref="ReadAsync{T}(Stream, JsonTypeInfo{T}, SseReaderOptions, CancellationToken)"/>.
    /// </exception>
    /// <example>
    /// <code>
    /// HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    /// await foreach (SseItem&lt;Count&gt; item in SseReader.ReadAsync(response, AppJson.Default.Count)) Show(item.Data.Value);
    /// </code>
    /// </example>
    public static IAsyncEnumerable<SseItem<T>> ReadAsync<T>(
        HttpResponseMessage response,
        JsonTypeInfo<T> typeInfo,
        SseReaderOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(response);
        ArgumentNullException.ThrowIfNull(typeInfo);
        options ??= SseReaderOptions.Default;
        return ResponseBody.ReadAsync(
            response, options.MaxErrorBodyBytes, (body, token) => ReadAsync(body, typeInfo, options, token), cancellationToken);
    }

    /// <summary>
    /// Connects to a stream of events and returns their text, and reconnects as a browser's <c>EventSource</c> does: when the connection
    /// is lost, or the server ends the body, the request is sent again after the reconnection time (<c>retry:</c>), with the id of the
    /// last event as <c>Last-Event-ID</c>.
    /// </summary>
    /// <remarks>
    /// HTTP 204 ends the sequence. An event that was not complete when the connection was lost is discarded. Any method and body can be
    /// used, but the request is sent again: for a request that costs something, or changes something, use
    /// <see cref="ReadAsync{T}(HttpResponseMessage, JsonTypeInfo{T}, SseReaderOptions, CancellationToken)"/>. The timeout of the
    /// <see cref="HttpClient"/> applies to the headers of a response, not to its body.
    /// </remarks>
    /// <param name="httpClient">Sends the requests. It is not disposed of.</param>
    /// <param name="createRequest">
    /// Creates the request of each connection. <c>Accept</c> and <c>Cache-Control</c> are added if they are not set.
    /// </param>
    /// <param name="options">The options; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Cancels reading, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The events.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="httpClient"/> or <paramref name="createRequest"/> is null.</exception>
    /// <exception cref="ChatStreamException">
    /// During the enumeration: the server refused the request for good (HTTP 4xx but 408, 409, 425 and 429), did not respond with
    /// <c>text/event-stream</c>, or sent an event that is too large; or <see cref="SseConnectionOptions.MaxReconnections"/> is reached.
    /// </exception>
    /// <example>
    /// <code>
    /// Func&lt;HttpRequestMessage&gt; create = () => new(HttpMethod.Get, "https://example.com/events");
    /// await foreach (SseItem&lt;string&gt; item in SseReader.ConnectAsync(httpClient, create))
    ///     Console.WriteLine($"{item.EventType} {item.EventId}: {item.Data}");
    /// </code>
    /// </example>
    public static IAsyncEnumerable<SseItem<string>> ConnectAsync(
        HttpClient httpClient,
        Func<HttpRequestMessage> createRequest,
        SseConnectionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        options ??= SseConnectionOptions.Default;
        return ConnectAsync(httpClient, createRequest, stream => new TextEventSession(stream, options.Limits), options, cancellationToken);
    }

    /// <summary>
    /// The same as <see cref="ConnectAsync(HttpClient, Func{HttpRequestMessage}, SseConnectionOptions, CancellationToken)"/>, for events
    /// that are JSON. <c>[DONE]</c> ends the sequence, too.
    /// </summary>
    /// <typeparam name="T">The type of the events.</typeparam>
    /// <param name="httpClient">Sends the requests. It is not disposed of.</param>
    /// <param name="createRequest">Creates the request of each connection.</param>
    /// <param name="typeInfo">The JSON contract of the type; that of a source-generated context works when trimmed too.</param>
    /// <param name="options">The options; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Cancels reading, with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The events. Events that are <c>null</c> are skipped.</returns>
    /// <exception cref="ArgumentNullException">
    /// <paramref name="httpClient"/>, <paramref name="createRequest"/> or <paramref name="typeInfo"/> is null.
    /// </exception>
    /// <exception cref="ChatStreamException">
    /// During the enumeration, as for events that are text; also an event of type <c>error</c>, and one that is not JSON.
    /// </exception>
    public static IAsyncEnumerable<SseItem<T>> ConnectAsync<T>(
        HttpClient httpClient,
        Func<HttpRequestMessage> createRequest,
        JsonTypeInfo<T> typeInfo,
        SseConnectionOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(typeInfo);
        options ??= SseConnectionOptions.Default;
        return ConnectAsync(
            httpClient,
            createRequest,
            stream => new JsonEventSession<T>(stream, typeInfo, options.Limits, reconnects: true),
            options,
            cancellationToken);
    }

    private static IAsyncEnumerable<SseItem<T>> ConnectAsync<T>(
        HttpClient httpClient,
        Func<HttpRequestMessage> createRequest,
        Func<GuardedStream, EventSession<T>> createSession,
        SseConnectionOptions options,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(httpClient);
        ArgumentNullException.ThrowIfNull(createRequest);
        return Iterate(httpClient, createRequest, createSession, options, cancellationToken);

        // Each enumeration has connections of its own.
        static async IAsyncEnumerable<SseItem<T>> Iterate(
            HttpClient httpClient,
            Func<HttpRequestMessage> createRequest,
            Func<GuardedStream, EventSession<T>> createSession,
            SseConnectionOptions options,
            [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var connection = new EventConnection<T>(httpClient, createRequest, createSession, options);
            await foreach (SseItem<T> item in connection.ReadAsync(cancellationToken).ConfigureAwait(false)) yield return item;
        }
    }
}
