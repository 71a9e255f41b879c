using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using LlmStream.Framing;
using LlmStream.Reading;
using LlmStream.Transport;

namespace LlmStream.Resilience;

/// <summary>
/// Reads the events of one connection after another, as <c>EventSource</c> does: HTML Standard, 9.2.3. Sentences in quotation marks are
/// quoted from there. Enumerated once.
/// </summary>
/// <param name="http">Sends the requests.</param>
/// <param name="createRequest">Creates the request of each connection.</param>
/// <param name="createSession">Creates the reader of a body.</param>
/// <param name="options">The options.</param>
internal sealed class EventConnection<T>(
    HttpClient http,
    Func<HttpRequestMessage> createRequest,
    Func<GuardedStream, EventSession<T>> createSession,
    SseConnectionOptions options)
{
    private const string MediaType = "text/event-stream";
    private const string LastEventIdHeader = "Last-Event-ID";

    private static readonly TimeSpan MinBackoff = TimeSpan.FromSeconds(1);

    private readonly LlmTimeoutOptions _budgets = new()
    {
        FirstDelta = Timeout.InfiniteTimeSpan,
        IdleBytes = options.ReadTimeout,
        IdleDeltas = Timeout.InfiniteTimeSpan,
    };

    private string? _lastEventId = options.LastEventId;
    private TimeSpan _reconnectionTime = options.ReconnectionTime;
    private int _reconnections; // since the last event
    private bool _hasEnded;
    private ChatStreamException? _failure;

    public async IAsyncEnumerable<SseItem<T>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            _failure = null;
            if (await TryConnectAsync(cancellationToken).ConfigureAwait(false) is { } response)
            {
                await foreach (SseItem<T> item in ReadAsync(response, cancellationToken).ConfigureAwait(false))
                {
                    _reconnections = 0;
                    yield return item;
                }
            }

            if (_hasEnded) yield break;
            await WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends the request.</summary>
    /// <returns>The response; null if another connection has to be made, or none (<see cref="_hasEnded"/>).</returns>
    private async Task<HttpResponseMessage?> TryConnectAsync(CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        using HttpRequestMessage request = createRequest();
        HttpHandlers.PrepareRequest(request);
        AddHeaders(request);
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsConnectionFailure(exception, cancellationToken))
        {
            // "if the error is a network error: reestablish the connection"
            _failure = new ChatStreamException(
                ChatStreamError.Connection, StreamFailure.Sentence(ConnectionFailure.Describe(exception)), exception)
            {
                IsTransient = true,
            };
            return null;
        }

        try
        {
            // "Clients will reconnect if the connection is closed; a client can be told to stop reconnecting using the HTTP 204
            // No Content response code."
            _hasEnded = response.StatusCode == HttpStatusCode.NoContent;
            if (!_hasEnded) await CheckAsync(response, cancellationToken).ConfigureAwait(false);
            if (!_hasEnded) return response;
        }
        catch (ChatStreamException exception) when (exception.IsTransient)
        {
            // Deviation: the standard gives up at any status but 200. A proxy answers 502 or 503 while its server restarts.
            _failure = exception;
        }
        catch
        {
            response.Dispose();
            throw;
        }

        response.Dispose();
        return null;
    }

    private void AddHeaders(HttpRequestMessage request)
    {
        if (request.Headers.Accept.Count == 0) request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(MediaType));
        request.Headers.CacheControl ??= new CacheControlHeaderValue { NoCache = true };
        // "If the EventSource object's last event ID string is not the empty string: … Set (`Last-Event-ID`, lastEventIDValue)"
        if (string.IsNullOrEmpty(_lastEventId)) return;
        if (_lastEventId.AsSpan().IndexOfAnyExceptInRange(' ', '~') >= 0)
        {
            throw new ChatStreamException(
                ChatStreamError.MalformedEvent,
                $"The id of the last event cannot be sent in the header {LastEventIdHeader}: it is not ASCII text.");
        }

        request.Headers.Remove(LastEventIdHeader);
        request.Headers.TryAddWithoutValidation(LastEventIdHeader, _lastEventId);
    }

    /// <summary>Throws if the response is not a stream of events.</summary>
    private async Task CheckAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw await FailedResponse.ReadAsync(
                response, options.Limits.MaxErrorBodyBytes, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }

        CompressedBody.Check(response);
        // "if res's `Content-Type` is not `text/event-stream`, then fail the connection"
        string? type = response.Content.Headers.ContentType?.MediaType;
        if (string.Equals(type, MediaType, StringComparison.OrdinalIgnoreCase)) return;
        throw new ChatStreamException(
            ChatStreamError.NotAStream, $"The server responded with {type ?? "a body without a content type"}, not with {MediaType}.");
    }

    private async IAsyncEnumerable<SseItem<T>> ReadAsync(
        HttpResponseMessage response, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Stream body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var watch = new ReadWatch(options.TimeProvider, _budgets, cancellationToken);
        watch.ResponseBegan();
        EventSession<T> session = createSession(new GuardedStream(body, watch));
        session.ContinueAfter(_lastEventId);
        bool isAtEnd = false;
        try
        {
            while (await TryReadAsync(session, watch, cancellationToken).ConfigureAwait(false) is { } hasItem)
            {
                _lastEventId = session.LastEventId;
                isAtEnd = !hasItem;
                if (isAtEnd) break;
                if (session.TryTake(out SseItem<T> item)) yield return item;
            }
        }
        finally
        {
            // A failure may come after events without data.
            _lastEventId = session.LastEventId;
            _reconnectionTime = session.ReconnectionTime ?? _reconnectionTime;
            _hasEnded = session.IsDone;
            await session.DisposeAsync().ConfigureAwait(false);
            await ResponseEnding.EndAsync(response, body, isAtEnd, options.TimeProvider).ConfigureAwait(false);
        }
    }

    /// <summary>Reads until there is an event, or the end.</summary>
    /// <returns>Whether there is an event; null if the connection failed.</returns>
    private async ValueTask<bool?> TryReadAsync(EventSession<T> session, ReadWatch watch, CancellationToken cancellationToken)
    {
        try
        {
            return await session.ReadAsync(watch.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (
            watch.Expired != ExpiredBudget.None && !cancellationToken.IsCancellationRequested)
        {
            string message = $"No byte was received for {options.ReadTimeout.TotalSeconds:0.###} s.";
            _failure = new ChatStreamException(ChatStreamError.IdleTimeout, message, exception) { IsTransient = true };
            return null;
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        catch (ChatStreamException exception) when (exception.Error is ChatStreamError.Connection or ChatStreamError.Truncated)
        {
            _failure = exception;
            return null;
        }
    }

    /// <summary>Waits before the next connection.</summary>
    /// <exception cref="ChatStreamException">No further connection may be made.</exception>
    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        if (_reconnections >= options.MaxReconnections)
        {
            throw _failure ?? StreamFailure.Truncated("The server ended the stream.");
        }

        TimeSpan delay = DelayOf(_reconnections++);
        if (_failure?.RetryAfter is { } retryAfter && retryAfter > delay) delay = Timers.Step(retryAfter);
        options.OnReconnecting?.Invoke(new SseReconnection(delay, _lastEventId, _failure));
        if (delay > TimeSpan.Zero) await Task.Delay(delay, options.TimeProvider, cancellationToken).ConfigureAwait(false);
    }

    // "Queue a task … Wait a delay equal to the reconnection time of the event source. Optionally, wait some more. In particular, if the
    // previous attempt failed, then user agents might introduce an exponential backoff delay".
    private TimeSpan DelayOf(int reconnections)
    {
        if (reconnections == 0) return _reconnectionTime;
        TimeSpan first = _reconnectionTime > MinBackoff ? _reconnectionTime : MinBackoff;
        double factor = Math.Pow(2, Math.Min(reconnections - 1, 20));
        double milliseconds = Math.Min(first.TotalMilliseconds * factor, options.MaxReconnectionTime.TotalMilliseconds);
        milliseconds *= 1 - (Random.Shared.NextDouble() / 4);
        return TimeSpan.FromMilliseconds(Math.Max(milliseconds, _reconnectionTime.TotalMilliseconds));
    }

    // HttpClient.Timeout is reported as a cancellation whose cause is a TimeoutException.
    private static bool IsConnectionFailure(Exception exception, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested
        && exception is HttpRequestException or IOException or OperationCanceledException { InnerException: TimeoutException };
}
