using LlmStream.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmStream.AspNetCore.Serving;

/// <summary>How long one relayed answer may go on: until the client leaves, or the server has shut down.</summary>
internal sealed class RelayLifetime : IDisposable
{
    // When the server shuts down, a client that does not read is sent the end of its answer for at most this long. With the default
    // of ShutdownTimeout it is over before the host aborts connections.
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(5);

    private readonly object _lock = new();
    // Not disposed of: the handler may keep the token, and a callback may cancel it when the answer has ended.
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenRegistration _clientLeft;
    private readonly CancellationTokenRegistration _stopping;
    private readonly HttpContext _http;
    private readonly TimeProvider _time;
    private readonly TimeSpan _shutdownTimeout;
    private readonly ILogger _logger;
    private ITimer? _shutdownTimer;
    private ITimer? _endTimer;
    private bool _isEndSent;
    private int _reason;

    public RelayLifetime(HttpContext http, TimeProvider time, TimeSpan shutdownTimeout, ILogger logger)
    {
        _http = http;
        _time = time;
        _shutdownTimeout = shutdownTimeout;
        _logger = logger;
        _clientLeft = http.RequestAborted.UnsafeRegister(
            static state => ((RelayLifetime)state!).Stop(StopReason.ClientLeft), this);
        CancellationToken stopping =
            http.RequestServices?.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        // An answer that began now would be cut off. Another server can still give a whole one.
        if (stopping.IsCancellationRequested) Stop(StopReason.ShuttingDown);
        else _stopping = stopping.UnsafeRegister(static state => ((RelayLifetime)state!).BeginShutdown(), this);
    }

    /// <summary>Canceled when the answer must stop.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Why it must stop. The first reason counts.</summary>
    public StopReason Reason => (StopReason)Volatile.Read(ref _reason);

    /// <summary>What the server threw when the response was written, for <see cref="StopReason.WriteFailed"/>.</summary>
    public Exception? WriteFailure { get; private set; }

    /// <summary>Stops the answer.</summary>
    public void Stop(StopReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)StopReason.None) != (int)StopReason.None) return;
        if (reason == StopReason.ShuttingDown) LimitEnd();
        try
        {
            _stop.Cancel();
        }
        catch (AggregateException exception)
        {
            // What the handler registered for its token failed. This runs in a timer or in the server, which must not fail for it.
            _logger.CancellationFailed(exception);
        }
    }

    /// <summary>Stops the answer, because the response cannot be written.</summary>
    public void StopAfterFailedWrite(Exception exception)
    {
        WriteFailure ??= exception;
        Stop(StopReason.WriteFailed);
    }

    /// <summary>The end of the answer was sent: from now on the connection is not aborted.</summary>
    public void EndSent()
    {
        lock (_lock)
        {
            _isEndSent = true;
            _endTimer?.Dispose();
        }
    }

    public void Dispose()
    {
        // Does not wait for a callback that is running: it may be the caller.
        _clientLeft.Unregister();
        _stopping.Unregister();
        EndSent();
        _shutdownTimer?.Dispose();
    }

    private void BeginShutdown() =>
        _shutdownTimer = _time.CreateTimer(
            static state => ((RelayLifetime)state!).Stop(StopReason.ShuttingDown), this, _shutdownTimeout, Timeout.InfiniteTimeSpan);

    private void LimitEnd()
    {
        lock (_lock)
        {
            if (_isEndSent) return;
            _endTimer = _time.CreateTimer(
                static state => ((RelayLifetime)state!).AbortUnlessEnded(), this, EndTimeout, Timeout.InfiniteTimeSpan);
        }
    }

    private void AbortUnlessEnded()
    {
        lock (_lock)
        {
            if (_isEndSent) return;
        }

        _http.Abort();
    }
}
