using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlmStream.AspNetCore.Serving;

/// <summary>How long one relayed answer may go on: until the client leaves, or the server has shut down.</summary>
internal sealed class RelayLifetime : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenRegistration _clientLeft;
    private readonly CancellationTokenRegistration _stopping;
    private readonly TimeProvider _time;
    private readonly TimeSpan _shutdownTimeout;
    private ITimer? _shutdownTimer;
    private int _reason;

    public RelayLifetime(HttpContext http, TimeProvider time, TimeSpan shutdownTimeout)
    {
        _time = time;
        _shutdownTimeout = shutdownTimeout;
        _clientLeft = http.RequestAborted.UnsafeRegister(
            static state => ((RelayLifetime)state!).Stop(StopReason.ClientLeft), this);
        CancellationToken stopping =
            http.RequestServices?.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? CancellationToken.None;
        _stopping = stopping.UnsafeRegister(static state => ((RelayLifetime)state!).BeginShutdown(), this);
    }

    /// <summary>Canceled when the answer must stop.</summary>
    public CancellationToken Stopped => _stop.Token;

    /// <summary>Why it must stop. The first reason counts.</summary>
    public StopReason Reason => (StopReason)Volatile.Read(ref _reason);

    /// <summary>Stops the answer.</summary>
    public void Stop(StopReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)StopReason.None) != (int)StopReason.None) return;
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The answer has ended meanwhile.
        }
    }

    public void Dispose()
    {
        _clientLeft.Dispose();
        _stopping.Dispose();
        Interlocked.Exchange(ref _shutdownTimer, null)?.Dispose();
        _stop.Dispose();
    }

    private void BeginShutdown() =>
        _shutdownTimer = _time.CreateTimer(
            static state => ((RelayLifetime)state!).Stop(StopReason.ShuttingDown), this, _shutdownTimeout, Timeout.InfiniteTimeSpan);
}
