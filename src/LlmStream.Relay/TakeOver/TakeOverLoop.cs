using Microsoft.Extensions.Logging;

namespace LlmStream.Relay.TakeOver;

/// <summary>Looks for streams whose producers are gone, and takes them over.</summary>
internal sealed class TakeOverLoop(
    ChatStreamRelay relay, Func<ChatStoredRequest, LlmStreamClient?> findClient, ChatStreamRelayOptions options, ILogger logger)
{
    private const int MaxCount = 128; // at once, so that the streams of a lost node are spread over the others

    private readonly HashSet<Task> _running = [];

    public async Task RunAsync(CancellationToken shutdown)
    {
        while (!shutdown.IsCancellationRequested)
        {
            try
            {
                await TakeOverAsync(shutdown).ConfigureAwait(false);
            }
            catch (Exception exception) when (!shutdown.IsCancellationRequested)
            {
                logger.TakeOverFailed(exception);
            }
            catch (OperationCanceledException)
            {
                break;
            }

            await Task.Delay(options.PollInterval, options.TimeProvider, shutdown).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(_running).ConfigureAwait(false);
    }

    private async Task TakeOverAsync(CancellationToken shutdown)
    {
        _running.RemoveWhere(task => task.IsCompleted);
        foreach (ChatStreamStatus stream in await relay.Store.FindAbandonedAsync(MaxCount, shutdown).ConfigureAwait(false))
            _running.Add(TakeOverAsync(stream, shutdown));
    }

    private async Task TakeOverAsync(ChatStreamStatus stream, CancellationToken shutdown)
    {
        try
        {
            await relay.TryTakeOverAsync(stream.StreamId, stream.Epoch, findClient, shutdown).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            if (!shutdown.IsCancellationRequested) logger.TakeOverFailed(exception);
        }
    }
}
