using System.Diagnostics;
using LlmStream.Resilience.Fallback;

namespace LlmStream.Resilience.Hedging;

/// <summary>
/// Starts an answer at one provider, and at a second one too if the first has not answered in time. The first attempt with output is used.
/// </summary>
/// <remarks>
/// Invariant: at the end, at most one attempt is in progress, the one that is returned; the requests of all others have been cancelled,
/// and <see cref="Ended"/> completes when their connections are closed.
/// </remarks>
/// <param name="first">The first provider.</param>
/// <param name="route">The fallbacks, or null.</param>
/// <param name="after">How long to wait for the first provider alone.</param>
internal sealed class HedgedStart(ProviderCall first, FallbackRoute? route, TimeSpan after)
{
    private static readonly AttemptStart Start = new() { WaitsForOutput = true };

    private readonly ProviderCall _first = first;

    /// <summary>Completes when what was cancelled has ended.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>The provider of the attempt that was returned; of the failure if there is none.</summary>
    public ProviderCall Provider { get; private set; } = first;

    /// <summary>Sends the request and waits until the answer begins.</summary>
    /// <exception cref="ChatStreamException">All attempts failed.</exception>
    public async ValueTask<Attempt> RunAsync()
    {
        CancellationToken token = _first.Call.Token;
        var primary = HedgeBranch.Begin(_first, Start, token);
        if (await IsInTimeAsync(primary.Task, token).ConfigureAwait(false))
        {
            primary.Release();
            return await primary.Task.ConfigureAwait(false);
        }

        ProviderCall second = route?.TakeFirst(_first) ?? _first;
        _first.Call.Telemetry.Hedging(_first.Provider, second.Provider, after);
        var hedge = HedgeBranch.Begin(second == _first ? _first.ForHedge() : second, Start with { IsHedge = true }, token);
        HedgeBranch? winner = await RaceAsync(primary, hedge).ConfigureAwait(false);
        if (winner is null)
        {
            primary.Release();
            hedge.Release();
            Provider = second;
            bool isFailure = primary.Task.Exception?.InnerException is ChatStreamException;
            if (!isFailure) await primary.Task.ConfigureAwait(false); // the caller has cancelled
            return await hedge.Task.ConfigureAwait(false); // throws
        }

        HedgeBranch loser = winner == primary ? hedge : primary;
        bool hasLoserFailed = loser.HasFailed; // before it is cancelled, which looks like a failure
        Attempt attempt = await winner.Task.ConfigureAwait(false);
        Ended = CancelAsync(loser);
        _first.Call.Log.CancelOthers(attempt.Number);
        attempt.UpdateAttempts();
        winner.Release();
        if (winner == primary && second != _first && !hasLoserFailed) route!.Return(second.Target);
        Provider = winner.Provider;
        _first.Call.Telemetry.Hedged(winner.Provider.Provider, winner.Provider.Target.Model, isHedge: winner == hedge);
        return attempt;
    }

    /// <summary>Whether the first provider answers, or fails, before it is time to ask another.</summary>
    private async ValueTask<bool> IsInTimeAsync(Task<Attempt> task, CancellationToken token)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task delay = Task.Delay(after, _first.Call.Options.TimeProvider, stop.Token);
        Task ended = await Task.WhenAny(task, delay).ConfigureAwait(false);
        if (ended == delay && !token.IsCancellationRequested) return false;
        await stop.CancelAsync().ConfigureAwait(false);
        return true;
    }

    private static async Task CancelAsync(HedgeBranch loser)
    {
        await loser.CancelAsync().ConfigureAwait(false);
        await loser.Provider.StopAsync().ConfigureAwait(false);
    }

    /// <summary>Waits for the first attempt with output; else for one that is complete without; else until both have failed.</summary>
    /// <returns>Null if both have failed.</returns>
    private static async ValueTask<HedgeBranch?> RaceAsync(HedgeBranch primary, HedgeBranch hedge)
    {
        Task<Attempt> sooner = await Task.WhenAny(primary.Task, hedge.Task).ConfigureAwait(false);
        (HedgeBranch one, HedgeBranch other) = sooner == primary.Task ? (primary, hedge) : (hedge, primary);
        if (one.HasOutput) return one;
        await other.WaitAsync().ConfigureAwait(false);
        if (other.HasOutput) return other;
        Debug.Assert(one.Task.IsCompleted && other.Task.IsCompleted, "Both have ended.");
        return !one.HasFailed ? one : !other.HasFailed ? other : null;
    }
}
