using LlmStream.Relay.Diagnostics;
using Microsoft.Extensions.Logging;

namespace LlmStream.Relay.TakeOver;

/// <summary>Looks for streams whose producers are gone, and takes them over.</summary>
internal sealed class TakeOverLoop(
    StoreCaller caller,
    Func<ChatStreamStatus, Task> takeOver,
    ChatStreamRelayOptions options,
    ILogger logger)
{
    private const int MaxCount = 128; // at once, so that the streams of a lost node are spread over the others

    private readonly HashSet<Task> _running = [];
    private readonly TimeProvider _time = options.TimeProvider;
    private long? _lastFailure;

    public async Task RunAsync(CancellationToken shutdown)
    {
        while (!shutdown.IsCancellationRequested)
        {
            try
            {
                await TakeOverAsync(shutdown).ConfigureAwait(false);
            }
            catch (Exception exception)
            {
                if (shutdown.IsCancellationRequested) break;
                _lastFailure = _time.GetTimestamp();
                logger.TakeOverFailed(exception);
            }

            await Task.Delay(options.PollInterval, _time, shutdown).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(_running).ConfigureAwait(false);
    }

    private async ValueTask TakeOverAsync(CancellationToken shutdown)
    {
        _running.RemoveWhere(task => task.IsCompleted);
        IReadOnlyList<ChatStreamStatus> abandoned = await caller.CallAsync(
            (store, token) => store.FindAbandonedAsync(MaxCount, token), shutdown, giveUp: new CancellationToken(true))
            .ConfigureAwait(false);

        // While the store was unavailable no producer could renew its lease. Those that are alive repeat their calls now.
        if (_lastFailure is { } failure && _time.GetElapsedTime(failure) < caller.Store.Options.LeaseDuration / 3) return;
        foreach (ChatStreamStatus stream in abandoned) _running.Add(TakeOverAsync(stream, shutdown));
    }

    private async Task TakeOverAsync(ChatStreamStatus stream, CancellationToken shutdown)
    {
        try
        {
            await takeOver(stream).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!shutdown.IsCancellationRequested) logger.TakeOverFailed(exception);
        }
    }
}
