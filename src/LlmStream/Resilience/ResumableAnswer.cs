using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
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
    private TokensSpent? _tokens; // of the attempts that broke off
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

    private TokensSpent Tokens => _tokens ??= new TokensSpent(Call.Tokens);

    /// <summary>Sends the request and waits until the answer begins, or goes on.</summary>
    /// <exception cref="ChatStreamException">All attempts failed before an answer began.</exception>
    public ValueTask StartAsync()
    {
        Debug.Assert(_attempt is null, "An answer is started once.");
        if (Continued is not null) return ContinueEarlierAsync(Continued);
        ValueTask<Attempt> starting = StartAttemptAsync();
        if (!starting.IsCompletedSuccessfully) return StartSlowAsync(starting);
        _attempt = starting.Result;
        return default;
    }

    /// <param name="next">The first attempt.</param>
    private async ValueTask StartSlowAsync(ValueTask<Attempt> next)
    {
        while (true)
        {
            try
            {
                _attempt = await next.ConfigureAwait(false);
                return;
            }
            catch (ChatStreamException failure)
            {
                if (!TryFallBack(failure, partial: null))
                {
                    _hasEnded = failure.StatusCode is not null;
                    // What came before the first content, such as the role, has not been delivered.
                    ChatStreamResult partial = new ChatStreamResult { Stream = failure.Partial.Stream }.With(Call.Log.EndedAnd());
                    ChatStreamException final = failure.AfterDelivery(
                        refusal: null, partial, Call.Attempts, fallbackRefusal: route?.Refusal);
                    Call.Telemetry.Failed(final);
                    throw final;
                }
            }

            next = StartAttemptAsync();
        }
    }

    /// <summary>Takes the next delta if it has been received already. Runs no state machine, unlike <see cref="ReadAsync"/>.</summary>
    /// <returns>Null if it has not. Then <see cref="ReadAsync"/> must be called.</returns>
    /// <exception cref="ChatStreamException">The answer is too long.</exception>
    public ChatDelta? TakeNext()
    {
        Debug.Assert(_attempt is not null, "The answer has started, and no resume is under way.");
        if (_delivered is null && _replaySeam is null)
        {
            Debug.Assert(_joiner is null && _lastDelta is null, "What is joined is collected.");
            return _attempt.TakeNext();
        }

        do
        {
            if (TryTake(out ChatDelta? delta)) return delta;
        }
        while (!IsRestartForbidden && _attempt.TryRead());

        return null;
    }

    /// <summary>Reads on. Resumes the answer if the stream breaks off.</summary>
    /// <returns>False if the answer is complete.</returns>
    /// <exception cref="ChatStreamException">The stream broke off, and is not resumed.</exception>
    public ValueTask<bool> ReadAsync()
    {
        if (IsRestartForbidden) return LeaveRestartAsync();
        bool isMore;
        try
        {
            ValueTask<Verdict?> step = _attempt!.StepAsync();
            if (!step.IsCompletedSuccessfully) return ReadSlowAsync(step);
            isMore = _attempt.EndStep(step.Result);
        }
        catch (ChatStreamException failure)
        {
            return ResumeAsync(failure);
        }

        return isMore ? new(true) : CompleteAsync();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadSlowAsync(ValueTask<Verdict?> step)
    {
        ChatStreamException? failure = null;
        try
        {
            Verdict? verdict;
            try
            {
                verdict = await step.ConfigureAwait(false);
            }
            catch (OperationCanceledException exception) when (_attempt!.TranslateTimeout(exception) is { } translated)
            {
                verdict = _attempt.Interrupt(translated);
            }

            if (_attempt!.EndStep(verdict)) return true;
        }
        catch (ChatStreamException exception)
        {
            failure = exception;
        }

        return await (failure is null ? CompleteAsync() : ResumeAsync(failure)).ConfigureAwait(false);
    }

    /// <summary>The stream of the current attempt is complete.</summary>
    /// <returns>Whether the answer goes on nevertheless.</returns>
    private ValueTask<bool> CompleteAsync()
    {
        _hasEnded = true;
        return CompleteJoin() ? new(true) : IsRestartForbidden ? LeaveRestartAsync() : new(false);
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

    /// <summary>Takes the next delta if one has been read already.</summary>
    /// <exception cref="ChatStreamException">The answer is too long.</exception>
    private bool TryTake([NotNullWhen(true)] out ChatDelta? delta)
    {
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

    private ValueTask<Attempt> StartAttemptAsync() => KeptId is not null ? _provider.ReplayKeptAsync(KeptId)
        : _provider == _first && Call.Options.HedgeAfter is { } after ? StartHedgedAsync(after)
        : _provider.StartAsync(default, Call.Token);

    private async ValueTask<Attempt> StartHedgedAsync(TimeSpan after)
    {
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
