using LlmStream.Chat;
using LlmStream.Reading;
using LlmStream.Resilience.Fallback;

namespace LlmStream.Resilience;

/// <content>How an answer that broke off goes on.</content>
internal sealed partial class ResumableAnswer
{
    /// <returns>True: the answer goes on.</returns>
    /// <exception cref="ChatStreamException">The answer is not resumed.</exception>
    private async ValueTask<bool> ResumeAsync(ChatStreamException failure)
    {
        _hasEnded = false;
        Attempt broken = _attempt!;
        // All deltas that arrived before the failure have been taken, and a joiner may hold back text that they had.
        _partial = _delivered?.ToResult(isComplete: false) ?? failure.Partial;
        ChatTokenCount output = Tokens.Add(failure.Partial, broken.OutputDeltas, broken.IsReplay);
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
            if (_attempt is not null) return true;
        }

        await ContinueAsync(failure, refused).ConfigureAwait(false);
        return true;
    }

    /// <summary>Requests the rest of an answer that an earlier call has begun.</summary>
    /// <exception cref="ChatStreamException">The answer is not continued.</exception>
    private async ValueTask ContinueEarlierAsync(ChatStreamResult partial)
    {
        _partial = partial;
        _delivered = new AnswerCollector(partial);
        ChatTokenCount output = Tokens.Add(partial, deltas: 0, isReplay: false);
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
                    _provider, _partial, failure, Tokens.Total, continuation, sent).ConfigureAwait(false);
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
}
