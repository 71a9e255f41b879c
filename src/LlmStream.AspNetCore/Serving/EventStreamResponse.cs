using System.Diagnostics;
using System.IO.Pipelines;
using LlmStream.AspNetCore.Wires;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace LlmStream.AspNetCore.Serving;

/// <summary>An HTTP response that is an event stream: headers, flushing, and heartbeats.</summary>
/// <remarks>
/// Invariant: only the holder of the gate writes. The loop that reads the answer holds it, except while it waits for the next delta
/// (<see cref="BeginWait"/>, <see cref="EndWaitAsync"/>); only then the timer can take it, to send a heartbeat.
/// </remarks>
internal sealed class EventStreamResponse : IAsyncDisposable
{
    private const int FlushThreshold = 4096;

    // When the headers are due while the loop reads a delta without content, the timer tries again after this time.
    private static readonly TimeSpan BusyRetryInterval = TimeSpan.FromMilliseconds(50);

    private readonly HttpContext _http;
    private readonly ChatWire _wire;
    private readonly WireContext _context;
    private readonly ChatRelayOptions _options;
    private readonly TimeProvider _time;
    private readonly RelayLifetime _lifetime;
    private readonly SemaphoreSlim _gate = new(0, 1);
    private readonly ITimer _timer;
    private PipeWriter? _body;
    private WireEncoder? _encoder;
    private long _lastFlush;
    private bool _hasPending;
    private bool _hasEnded;

    public EventStreamResponse(
        HttpContext http, ChatWire wire, WireContext context, ChatRelayOptions options, TimeProvider time, RelayLifetime lifetime)
    {
        _http = http;
        _wire = wire;
        _context = context;
        _options = options;
        _time = time;
        _lifetime = lifetime;
        _timer = time.CreateTimer(
            static state => ((EventStreamResponse)state!).OnTimer(), this, options.HeadersAfter, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether the status and the headers are decided.</summary>
    public bool HasBegun => _encoder is not null;

    /// <summary>The encoder. Begins the response.</summary>
    public WireEncoder Encoder
    {
        get
        {
            _hasPending = true;
            return _encoder ?? Begin();
        }
    }

    /// <summary>Whether so much is written that it should be flushed even if more follows at once.</summary>
    public bool IsFlushDue => _hasPending && (_body is not { CanGetUnflushedBytes: true } body || body.UnflushedBytes >= FlushThreshold);

    /// <summary>
    /// Sends what was written. Waits while the client does not read. If the client has left, stops the answer.
    /// </summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (!_hasPending) return;
        Debug.Assert(_gate.CurrentCount == 0, "Only the holder of the gate writes.");
        _hasPending = false;
        try
        {
            FlushResult result = await _body!.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (result.IsCompleted) _lifetime.Stop(StopReason.ClientLeft);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Servers other than Kestrel report in this way that the client has left.
            if (!cancellationToken.IsCancellationRequested) _lifetime.Stop(StopReason.ClientLeft);
        }

        _lastFlush = _time.GetTimestamp();
    }

    /// <summary>Allows heartbeats, until <see cref="EndWaitAsync"/>.</summary>
    public void BeginWait() => _gate.Release();

    /// <summary>Ends the time in which heartbeats are allowed.</summary>
    public ValueTask EndWaitAsync() => _gate.Wait(0, CancellationToken.None) ? default : new(_gate.WaitAsync(CancellationToken.None));

    /// <summary>Ends heartbeats. The caller holds the gate.</summary>
    public void End() => _hasEnded = true;

    /// <summary>Closes the connection, so that the client does not take the end of the body for the end of the answer.</summary>
    public void Abort() => _http.Abort();

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _encoder?.Dispose();
        // The gate is not disposed of: a timer's callback may still release it.
    }

    private WireEncoder Begin()
    {
        HttpResponse response = _http.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = RelayResponse.ContentType;
        IHeaderDictionary headers = response.Headers;
        headers.CacheControl = "no-cache, no-transform";
        headers["X-Accel-Buffering"] = "no"; // nginx buffers otherwise
        // The middleware for compression would hold events back; it leaves a response with an encoding alone.
        if (StringValues.IsNullOrEmpty(headers.ContentEncoding)) headers.ContentEncoding = "identity";
        _wire.AddHeaders(headers);
        _http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        _body = response.BodyWriter;
        _encoder = _wire.CreateEncoder(_body, _context);
        _encoder.Begin();
        _lastFlush = _time.GetTimestamp();
        if (_options.HeartbeatInterval != Timeout.InfiniteTimeSpan) _timer.Change(_options.HeartbeatInterval, Timeout.InfiniteTimeSpan);
        return _encoder;
    }

    private void OnTimer()
    {
        if (!_gate.Wait(0, CancellationToken.None)) Rearm();
        else _ = BeatAsync();
    }

    private async Task BeatAsync()
    {
        try
        {
            if (_hasEnded) return;
            if (HasBegun && _time.GetElapsedTime(_lastFlush) < _options.HeartbeatInterval) return;
            Encoder.Heartbeat();
            await FlushAsync(_lifetime.Stopped).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
            Rearm();
        }
    }

    private void Rearm()
    {
        if (_hasEnded) return;
        TimeSpan interval = HasBegun ? _options.HeartbeatInterval : BusyRetryInterval;
        if (interval == Timeout.InfiniteTimeSpan) return;
        TimeSpan rest = HasBegun ? interval - _time.GetElapsedTime(_lastFlush) : interval;
        try
        {
            _timer.Change(rest > TimeSpan.Zero ? rest : interval, Timeout.InfiniteTimeSpan);
        }
        catch (ObjectDisposedException)
        {
            // The answer has ended meanwhile.
        }
    }
}
