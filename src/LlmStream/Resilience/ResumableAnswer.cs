using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using LlmStream.Chat;
using LlmStream.Dialects;
using LlmStream.Reading;
using LlmStream.Resilience.Fallback;
using LlmStream.Resilience.Hedging;

namespace LlmStream.Resilience;

/// <summary>One answer, read through as many attempts as it takes.</summary>
/// <remarks>
/// Invariant: from the end of <see cref="StartAsync"/> on, <c>_attempt</c> is the attempt that is being read, except while a resume
/// starts the next one, or after that failed. <c>_joiner</c> joins the deltas of a continuation to the partial answer before it. What has
/// been delivered is in the decoder of the attempt; from the first continuation on, in <c>_delivered</c>.
/// </remarks>
/// <param name="first">The provider of the client.</param>
/// <param name="route">The fallbacks; null if there are none.</param>
internal sealed partial class ResumableAnswer(ProviderCall first, FallbackRoute? route) : IAsyncDisposable
{
    private readonly TokensSpent _tokens = new(first.Call.Tokens);
    private readonly ProviderCall _first = first;
    private ProviderCall _provider = first; // of the current attempt, or the next one
    private Attempt? _attempt;
    private ChatStreamResult _partial = ChatStreamResult.Empty; // when the last attempt broke off
    private AnswerCollector? _delivered;
    private SeamJoiner? _joiner;
    private ChatSeam? _replaySeam; // until the first delta of the replay is taken
    private ChatDelta? _lastDelta; // of a complete continuation, until it is taken
    private bool _hasEnded; // nothing is generated: the answer is complete, or the request was refused
    private Task _hedgesEnded = Task.CompletedTask; // and servers that were left have been stopped

    /// <summary>The answer as far as it has been delivered, with all attempts and what they cost.</summary>
    public ChatStreamResult Delivered
    {
        get
        {
            ChatStreamResult answer = _delivered?.ToResult(isComplete: false) ?? _attempt?.Delivered ?? _partial;
            if (_attempt is not { HasDelivered: true } current) return answer.With(Call.Log.EndedAnd());
            return answer.With([.. Call.Log.EndedAnd(current.Number).Select(
                attempt => attempt.Number == current.Number ? current.ToAttempt(isComplete: false, error: null) : attempt)]);
        }
    }

    /// <summary>The partial answer of an earlier call, to be continued; null if the answer is new.</summary>
    public ChatStreamResult? Continued { get; init; }

    /// <summary>
    /// The id of an answer that the provider keeps, and of which nothing else is known; null if the answer is new. It is replayed from its
    /// beginning.
    /// </summary>
    public string? KeptId { get; init; }

    private CallContext Call => _first.Call;

    /// <summary>Sends the request and waits until the answer begins, or goes on.</summary>
    /// <exception cref="ChatStreamException">All attempts failed before an answer began.</exception>
    public async ValueTask StartAsync()
    {
        Debug.Assert(_attempt is null, "An answer is started once.");
        if (Continued is not null)
        {
            await ContinueEarlierAsync(Continued).ConfigureAwait(false);
            return;
        }

        while (_attempt is null)
        {
            try
            {
                _attempt = await StartAttemptAsync().ConfigureAwait(false);
            }
            catch (ChatStreamException failure)
            {
                if (TryFallBack(failure, partial: null)) continue;
                _hasEnded = failure.StatusCode is not null;
                // What came before the first content, such as the role, has not been delivered.
                ChatStreamResult partial = new ChatStreamResult { Stream = failure.Partial.Stream }.With(Call.Log.EndedAnd());
                ChatStreamException final = failure.AfterDelivery(
                    refusal: null, partial, Call.Attempts, fallbackRefusal: route?.Refusal);
                Call.Telemetry.Failed(final);
                throw final;
            }
        }
    }

    /// <summary>Takes the next delta if one has been read already.</summary>
    /// <exception cref="ChatStreamException">The answer is too long.</exception>
    public bool TryTake([NotNullWhen(true)] out ChatDelta? delta)
    {
        Debug.Assert(_attempt is not null, "The answer has started, and no resume is under way.");
        while (_attempt!.TryTake(out ChatDelta? taken))
        {
            delta = _joiner is null ? taken : _joiner.Join(taken);
            if (_joiner is { IsTooLong: true }) throw FailHere(_joiner.CreateTooLarge());
            if (IsRestartForbidden) return false;
            if (delta is null) continue;
            delta = AddReplaySeam(delta);
            _delivered?.Add(delta);
            return true;
        }

        delta = _lastDelta;
        _lastDelta = null;
        if (delta is not null) _delivered?.Add(delta);
        return delta is not null;
    }

    /// <summary>Decodes the next event if it has been received already. Runs no state machine, unlike <see cref="ReadAsync"/>.</summary>
    /// <returns>Whether it did. Otherwise <see cref="ReadAsync"/> must be called, after the deltas have been taken.</returns>
    public bool TryRead() => !IsRestartForbidden && _attempt!.TryRead();

    /// <summary>Reads on. Resumes the answer if the stream breaks off.</summary>
    /// <returns>False if the answer is complete.</returns>
    /// <exception cref="ChatStreamException">The stream broke off, and is not resumed.</exception>
    public async ValueTask<bool> ReadAsync()
    {
        ChatStreamException? failure = null;
        if (IsRestartForbidden) return await LeaveRestartAsync().ConfigureAwait(false);
        try
        {
            if (await _attempt!.ReadAsync().ConfigureAwait(false)) return true;
        }
        catch (ChatStreamException exception)
        {
            failure = exception;
        }

        _hasEnded = failure is null;
        if (failure is null) return CompleteJoin() || (IsRestartForbidden && await LeaveRestartAsync().ConfigureAwait(false));
        await ResumeAsync(failure).ConfigureAwait(false);
        return true;
    }

    /// <summary>Ends the current attempt, because the answer ends: it is complete, or the caller does not read on.</summary>
    public void EndAttempt(bool isComplete, ChatStreamError? error = null)
    {
        if (_attempt is { } current) Call.EndAttempt(current.ToAttempt(isComplete, error));
    }

    public async ValueTask DisposeAsync()
    {
        if (_attempt is not null) await _attempt.DisposeAsync().ConfigureAwait(false);
        if (!_hasEnded) await _provider.StopAsync().ConfigureAwait(false);
        if (!_hedgesEnded.IsCompleted) await _hedgesEnded.ConfigureAwait(false);
    }

    private async ValueTask<Attempt> StartAttemptAsync()
    {
        if (KeptId is not null) return await _provider.ReplayKeptAsync(KeptId).ConfigureAwait(false);
        if (_provider != _first || Call.Options.HedgeAfter is not { } after)
            return await _provider.StartAsync(default, Call.Token).ConfigureAwait(false);

        var hedged = new HedgedStart(_first, route, after);
        try
        {
            return await hedged.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            _hedgesEnded = hedged.Ended;
            _provider = hedged.Provider;
        }
    }

    /// <summary>Chooses the provider that takes over from the current one.</summary>
    /// <param name="failure">How the current one failed.</param>
    /// <param name="partial">The partial answer; null if it has not begun.</param>
    /// <returns>Whether there is one. It may be the current one, if its circuit is open and no other is left.</returns>
    private bool TryFallBack(ChatStreamException failure, ChatStreamResult? partial)
    {
        if (route?.Next(_provider, failure, partial) is { } next)
        {
            Call.Telemetry.FallingBack(_provider.Provider, failure, next.Provider, next.Target.Model, partial?.Text.Length ?? 0);
            if (_provider.Request.KeptId is not null) _hedgesEnded = Task.WhenAll(_hedgesEnded, _provider.StopAsync().AsTask());
            _provider = next;
            return true;
        }

        if (!ProviderCircuit.IsOpen(failure) || _provider.IgnoresCircuit) return false;
        _provider.IgnoresCircuit = true;
        return true;
    }

    private async ValueTask ResumeAsync(ChatStreamException failure)
    {
        Attempt broken = _attempt!;
        // All deltas that arrived before the failure have been taken, and a joiner may hold back text that they had.
        _partial = _delivered?.ToResult(isComplete: false) ?? failure.Partial;
        ChatTokenCount output = _tokens.Add(failure.Partial, broken.OutputDeltas, broken.IsReplay);
        Call.EndAttempt(broken.ToAttempt(failure.Partial.Usage, output, isComplete: false, failure.Error));
        _provider.Report(failure);
        PausedAnswer? paused = broken.Paused;
        ChatResumeRefusal? continuationRefusal = ResumeDecision.DecideContinuation(failure, _partial, _provider.Body, _provider.Call);
        ChatResumeRefusal? refusal = paused is null ? continuationRefusal : ResumeDecision.DecideReplay(failure, _provider.Call);
        _attempt = null;
        if (refusal is null) _provider.Call.BeginResume(failure, _partial.Text.Length);
        await broken.DisposeAsync().ConfigureAwait(false);
        RefusedResume? refused = refusal is { } reason ? new RefusedResume(failure, reason) : null;
        if (refused is null && paused is not null)
        {
            refused = await TryReplayAsync(paused, failure, continuationRefusal).ConfigureAwait(false);
            if (_attempt is not null) return;
        }

        await ContinueAsync(failure, refused).ConfigureAwait(false);
    }

    /// <summary>Requests the rest of an answer that an earlier call has begun.</summary>
    /// <exception cref="ChatStreamException">The answer is not continued.</exception>
    private async ValueTask ContinueEarlierAsync(ChatStreamResult partial)
    {
        _partial = partial;
        _delivered = new AnswerCollector(partial);
        ChatTokenCount output = _tokens.Add(partial, deltas: 0, isReplay: false);
        ChatStreamError error = EarlierAttempts.AddTo(_provider, partial, output);
        var failure = new ChatStreamException(error, $"The answer broke off earlier ({error}).") { IsTransient = true, Partial = partial };
        ChatResumeRefusal? refusal = ResumeDecision.DecideAnswer(null, partial, _provider.Body, Call.Options)
            ?? FallbackRoute.DecideReasoning(_provider.Provider, partial);
        RefusedResume? refused = refusal is { } reason ? new RefusedResume(failure, reason) : null;
        await ContinueAsync(failure, refused).ConfigureAwait(false);
    }

    /// <summary>Has the provider replay the answer. The deltas go on where the stream broke off, so that nothing is joined.</summary>
    /// <param name="paused">The state of the attempt that broke off.</param>
    /// <param name="failure">Why it broke off.</param>
    /// <param name="continuationRefusal">Why a continuation is not possible instead; null if it is.</param>
    /// <returns>Why the answer is not resumed at this provider; null if it is replayed, or a continuation is possible.</returns>
    private async ValueTask<RefusedResume?> TryReplayAsync(
        PausedAnswer paused, ChatStreamException failure, ChatResumeRefusal? continuationRefusal)
    {
        try
        {
            _attempt = await _provider.ReplayAsync(paused).ConfigureAwait(false);
        }
        catch (ChatStreamException refused) when (ContinuationStrategy.IsReplayRefused(refused))
        {
            Call.Telemetry.ReplayRefused(_provider.Provider, refused);
            ChatResumeRefusal? refusal = continuationRefusal ?? (_provider.Call.HasBudget ? null : ChatResumeRefusal.BudgetSpent);
            return refusal is { } reason ? new RefusedResume(failure, reason, refused) : null;
        }
        catch (ChatStreamException failed)
        {
            return new RefusedResume(failed, ResumeDecision.AfterFailedResume(failed, Call.Options.Retry));
        }

        _replaySeam = new ChatSeam
        {
            Attempt = _attempt.Number,
            Provider = _attempt.Record.Provider,
            Model = _attempt.Record.Model,
            TextOffset = _partial.Text.Length,
            Reason = failure.Error,
            Kind = ChatSeamKind.Replayed,
        };
        return null;
    }

    /// <summary>Requests the rest of the answer by a continuation, at the current provider or else at the fallbacks.</summary>
    /// <param name="failure">Why the answer broke off.</param>
    /// <param name="refused">Why the current provider does not continue it; null if it may.</param>
    /// <exception cref="ChatStreamException">The answer is not continued.</exception>
    private async ValueTask ContinueAsync(ChatStreamException failure, RefusedResume? refused)
    {
        while (true)
        {
            refused ??= await TryContinueAsync(failure).ConfigureAwait(false);
            if (refused is null) return;
            bool mayContinueElsewhere = ResumeDecision.ConcernsProvider(refused.Reason);
            if (!mayContinueElsewhere || !TryFallBack(refused.Failure, _partial))
            {
                ChatFallbackRefusal? fallbackRefusal = mayContinueElsewhere ? route?.Refusal : ChatFallbackRefusal.NotResumable;
                ChatResumeRefusal reason = route?.ResumeRefusal ?? refused.Reason;
                throw Fail(refused.Failure, reason, Delivered, refused.Cause, route is null ? null : fallbackRefusal);
            }

            refused = null;
        }
    }

    /// <summary>
    /// Requests the rest at the current provider; by an instruction if it refuses a prefill. If it refuses that too, the error is the
    /// original one: nothing is wrong with the caller's request.
    /// </summary>
    /// <returns>Null if the rest has begun.</returns>
    private async ValueTask<RefusedResume?> TryContinueAsync(ChatStreamException failure)
    {
        bool hasReasoning = _partial.Reasoning.Length > 0 || _partial.Usage?.ReasoningTokenCount > 0;
        ChatContinuation continuation = ContinuationStrategy.Choose(
            _provider.Target.Options.Resume, _provider.Provider, _provider.Body, hasReasoning);
        while (true)
        {
            ChatContinuation sent = _partial.Text.AsSpan().IsWhiteSpace() ? ChatContinuation.Restart : continuation;
            try
            {
                Continuation rest = await Continuation.StartAsync(
                    _provider, _partial, failure, _tokens.Total, continuation, sent).ConfigureAwait(false);
                (_attempt, _joiner) = (rest.Attempt, rest.Joiner);
                _delivered ??= new AnswerCollector(_partial);
                return null;
            }
            catch (ChatStreamException refused) when (ContinuationStrategy.IsRefused(refused, sent, _provider.Dialect))
            {
                if (!ContinuationStrategy.IsPrefill(sent) || !_provider.Call.HasBudget)
                    return new RefusedResume(failure, ChatResumeRefusal.ContinuationRefused, refused);
                Call.Telemetry.PrefillRefused(_provider.Provider, refused);
                continuation = ChatContinuation.Instruction;
            }
            catch (ChatStreamException failed)
            {
                return new RefusedResume(failed, ResumeDecision.AfterFailedResume(failed, Call.Options.Retry));
            }
        }
    }

    private ChatDelta AddReplaySeam(ChatDelta delta)
    {
        if (_replaySeam is not { } seam) return delta;
        _replaySeam = null;
        return delta.Seam is null ? new ChatDelta(delta) { Seam = seam } : delta;
    }

    /// <summary>Ends the joining of a complete answer: the text that the joiner still holds back becomes the last delta.</summary>
    /// <returns>Whether there is one.</returns>
    private bool CompleteJoin()
    {
        _lastDelta = _joiner?.Complete();
        if (_joiner is { IsTooLong: true }) throw FailHere(_joiner.CreateTooLarge());
        return _lastDelta is not null;
    }

    /// <summary>The error of an answer that is too long, whoever continues it.</summary>
    private ChatStreamException FailHere(ChatStreamException failure) => Fail(
        failure, ChatResumeRefusal.NotTransient, Delivered, fallbackRefusal: route is null ? null : ChatFallbackRefusal.NotResumable);

    private ChatStreamException Fail(
        ChatStreamException failure,
        ChatResumeRefusal refusal,
        ChatStreamResult partial,
        ChatStreamException? refused = null,
        ChatFallbackRefusal? fallbackRefusal = null)
    {
        Call.Telemetry.NotResumed(_provider.Provider, failure, refusal, fallbackRefusal, partial.Text.Length);
        EndAttempt(isComplete: false, failure.Error);
        ChatStreamException final = failure.AfterDelivery(refusal, partial, Call.Attempts, refused, fallbackRefusal);
        Call.Telemetry.Failed(final);
        return final;
    }
}
