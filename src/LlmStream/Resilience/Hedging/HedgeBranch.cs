using LlmStream.Resilience.Fallback;

namespace LlmStream.Resilience.Hedging;

/// <summary>One of the providers that are asked at the same time.</summary>
internal sealed class HedgeBranch
{
    private readonly CancellationTokenSource _cancellation;

    private HedgeBranch(ProviderCall provider, CancellationTokenSource cancellation, Task<Attempt> task)
    {
        Provider = provider;
        _cancellation = cancellation;
        Task = task;
    }

    public ProviderCall Provider { get; }

    /// <summary>Completes when the attempt has started.</summary>
    public Task<Attempt> Task { get; }

    /// <summary>Whether the attempt has started, with output.</summary>
    public bool HasOutput => Task.IsCompletedSuccessfully && Task.Result.HasOutput;

    /// <summary>Whether the attempt has ended without an answer.</summary>
    public bool HasFailed => Task.IsFaulted || Task.IsCanceled;

    /// <summary>Sends a request.</summary>
    public static HedgeBranch Begin(ProviderCall provider, AttemptStart start, CancellationToken token)
    {
        var cancellation = CancellationTokenSource.CreateLinkedTokenSource(token);
        return new HedgeBranch(provider, cancellation, provider.StartAsync(start, cancellation.Token).AsTask());
    }

    /// <summary>Waits until the attempt has started or failed.</summary>
    public Task WaitAsync() => Task.ContinueWith(
        static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Cancels the request, and closes its connection.</summary>
    /// <returns>Completes when it is closed.</returns>
    public async Task CancelAsync()
    {
        await _cancellation.CancelAsync().ConfigureAwait(false);
        try
        {
            Attempt attempt = await Task.ConfigureAwait(false);
            // It started at the same time as the other.
            Provider.Call.EndAttempt(attempt.ToAttempt(isComplete: false, error: null) with { IsCanceled = true });
            await attempt.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Nobody waits for its answer. How it failed has been logged.
        }

        _cancellation.Dispose();
    }

    /// <summary>The request is not to be cancelled any more: it has ended, or its answer is used.</summary>
    public void Release() => _cancellation.Dispose();
}
