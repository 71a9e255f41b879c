using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using LlmStream.AspNetCore.Serving.Kept;
using LlmStream.AspNetCore.Wires;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.Extensions.Primitives;

namespace LlmStream.AspNetCore.Serving;

/// <summary>An HTTP response that is an event stream: headers, flushing, and heartbeats.</summary>
/// <remarks>
/// Invariant: only the holder of the gate writes, and sets the timer. The loop that reads the answer holds the gate, except while it waits
/// for the next delta (<see cref="BeginWait"/>, <see cref="EndWaitAsync"/>); only then the timer can take it, to send a heartbeat. A timer
/// that fires while the loop holds the gate leaves <c>_isDue</c>, and the loop does the timer's work when it releases the gate. Each side
/// writes before it looks (the timer <c>_isDue</c>, the loop the gate), so that at least one of them sees the other.
/// </remarks>
internal sealed class EventStreamResponse : IAsyncDisposable
{
    private const int FlushThreshold = 4096;

    // Deltas that are there without a wait are sent together, but none is held back longer than this.
    private static readonly TimeSpan MaxUnflushedTime = TimeSpan.FromMilliseconds(50);

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
    private int _isDue;
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
        // Set only after the field has been assigned: the timer may fire at once.
        _timer = time.CreateTimer(
            static state => ((EventStreamResponse)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (!BeginsAtOnce) _timer.Change(options.HeadersAfter, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// The id of the first event, or null. <c>EventSource</c> sends it when it connects anew.
    /// </summary>
    public string? EventId { get; init; }

    /// <summary>The events of a kept stream, which have their positions as ids; null if the stream is not kept.</summary>
    public PositionedEvents? Positions { get; init; }

    /// <summary>Whether the response begins before the next delta, so that every failure is an event.</summary>
    public bool BeginsAtOnce => EventId is not null || Positions is { IsResumed: true } || _options.HeadersAfter == TimeSpan.Zero;

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

    /// <summary>Whether what was written should be flushed even if more follows at once.</summary>
    public bool IsFlushDue =>
        _hasPending
        && (_body is not { CanGetUnflushedBytes: true } body || body.UnflushedBytes >= FlushThreshold
            || _time.GetElapsedTime(_lastFlush) >= MaxUnflushedTime);

    /// <summary>Writes a delta.</summary>
    /// <param name="delta">The delta.</param>
    /// <param name="isHeld">Whether it was held back, so that the position of a kept stream is that of a later delta.</param>
    public void Add(ChatDelta delta, bool isHeld = false)
    {
        Encoder.Add(delta);
        Positions?.DeltaWritten(isHeld);
    }

    /// <summary>Begins the response, and sends its headers.</summary>
    public ValueTask BeginAsync()
    {
        _ = Encoder;
        return FlushAsync();
    }

    /// <summary>
    /// Sends what was written. Waits while the client does not read. Does not throw: if nothing can be sent, stops the answer.
    /// </summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask FlushAsync()
    {
        if (!_hasPending) return;
        Debug.Assert(_gate.CurrentCount == 0, "Only the holder of the gate writes.");
        _hasPending = false;
        try
        {
            // Not canceled when the answer has to stop: Kestrel closes the connection if a flush is canceled, and the end would be lost.
            FlushResult result = await _body!.FlushAsync(_http.RequestAborted).ConfigureAwait(false);
            if (result.IsCompleted) _lifetime.Stop(StopReason.ClientLeft);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // Servers other than Kestrel report in this way that the client has left.
            _lifetime.Stop(StopReason.ClientLeft);
        }
        catch (Exception exception)
        {
            _lifetime.StopAfterFailedWrite(exception);
        }

        _lastFlush = _time.GetTimestamp();
    }

    /// <summary>Allows heartbeats, until <see cref="EndWaitAsync"/>.</summary>
    public void BeginWait()
    {
        _gate.Release();
        if (Volatile.Read(ref _isDue) != 0) OnTimer();
    }

    /// <summary>Ends the time in which heartbeats are allowed.</summary>
    public ValueTask EndWaitAsync() => _gate.Wait(0, CancellationToken.None) ? default : new(_gate.WaitAsync(CancellationToken.None));

    /// <summary>Ends heartbeats. The caller holds the gate.</summary>
    public void End() => _hasEnded = true;

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        _encoder?.Dispose();
        // The gate is not disposed of: a timer's callback may still look at it.
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
        if (_http.Features.Get<IOutputCacheFeature>() is { } cache) cache.Context.AllowCacheStorage = false;
        _wire.AddHeaders(headers);
        _http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        _body = response.BodyWriter;
        if (EventId is not null) _body.Write(Encoding.UTF8.GetBytes($"id: {EventId}\n\n"));
        _lastFlush = _time.GetTimestamp();
        _encoder = _wire.CreateEncoder(Positions ?? (IBufferWriter<byte>)_body, _context);
        _encoder.Begin();
        Positions?.Begin(_body, _encoder);
        _timer.Change(_options.HeartbeatInterval, Timeout.InfiniteTimeSpan);
        return _encoder;
    }

    private void OnTimer()
    {
        Interlocked.Exchange(ref _isDue, 1);
        if (_gate.Wait(0, CancellationToken.None)) _ = BeatAsync();
    }

    private async Task BeatAsync()
    {
        try
        {
            Volatile.Write(ref _isDue, 0);
            TimeSpan interval = _options.HeartbeatInterval;
            if (_hasEnded || (HasBegun && interval == Timeout.InfiniteTimeSpan)) return;
            TimeSpan rest = HasBegun ? interval - _time.GetElapsedTime(_lastFlush) : TimeSpan.Zero;
            if (rest <= TimeSpan.Zero)
            {
                Encoder.Heartbeat();
                Positions?.CommentWritten();
                await FlushAsync().ConfigureAwait(false);
                rest = interval;
            }

            _timer.Change(rest, Timeout.InfiniteTimeSpan);
        }
        catch (Exception exception)
        {
            _lifetime.StopAfterFailedWrite(exception);
        }
        finally
        {
            _gate.Release();
        }
    }
}
