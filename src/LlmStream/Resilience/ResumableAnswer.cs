using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using LlmStream.Chat;
using LlmStream.Dialects;
using LlmStream.Transport;
using Polly;

namespace LlmStream.Resilience;

/// <summary>One answer, read through as many attempts as it takes.</summary>
/// <remarks>
/// Invariant: from the end of <see cref="StartAsync"/> on, <c>_attempt</c> is the attempt that is being read, except while a resume
/// starts the next one, or after that failed. <c>_joiner</c> joins the deltas of a continuation to the partial answer before it. What has
/// been delivered is in the decoder of the attempt; from the first continuation on, in <c>_delivered</c>.
/// </remarks>
internal sealed class ResumableAnswer(ChatTransport transport, ResiliencePipeline pipeline, CallContext call, ChatRequest request)
    : IAsyncDisposable
{
    private readonly TokensSpent _tokens = new();
    private readonly List<ChatAttempt> _failedAttempts = [];
    private JsonObject? _body;
    private Attempt? _attempt;
    private ChatStreamResult _partial = ChatStreamResult.Empty; // when the last attempt broke off
    private AnswerCollector? _delivered;
    private SeamJoiner? _joiner;
    private ChatSeam? _replaySeam; // until the first delta of the replay is taken
    private ChatDelta? _lastDelta; // of a complete continuation, until it is taken

    /// <summary>The answer as far as it has been delivered, with all attempts and the usage that has been reported.</summary>
    public ChatStreamResult Delivered
    {
        get
        {
            ChatStreamResult answer = _delivered?.ToResult(isComplete: false) ?? _attempt?.Delivered ?? _partial;
            if (_attempt is not { HasDelivered: true } current) return answer.With(_failedAttempts);
            return answer.With([.. _failedAttempts, new ChatAttempt { Number = current.Number, Usage = current.Usage }]);
        }
    }

    /// <summary>The body of the original request. Parsed only after a failure. Not to be changed.</summary>
    private JsonObject Body => _body ??= request.ReadBody();

    private Dialect Dialect => call.Options.Provider.Dialect.Format;

    /// <summary>The partial answer of an earlier call, to be continued; null if the answer is new.</summary>
    public ChatStreamResult? Continued { get; init; }

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

        try
        {
            _attempt = await StartAttemptAsync((c, token) => Attempt.StartAsync(transport, request, c, token)).ConfigureAwait(false);
        }
        catch (ChatStreamException failure)
        {
            // What came before the first content, such as the role, has not been delivered.
            var partial = new ChatStreamResult { Usage = failure.Partial.Usage, Stream = failure.Partial.Stream };
            ChatStreamException final = failure.AfterDelivery(refusal: null, partial, failure.AttemptCount);
            call.Telemetry.Failed(final);
            throw final;
        }
    }

    /// <summary>Takes the next delta if one has been read already.</summary>
    /// <exception cref="ChatStreamException">The model started over, which the options forbid; or the answer is too long.</exception>
    public bool TryTake([NotNullWhen(true)] out ChatDelta? delta)
    {
        Debug.Assert(_attempt is not null, "The answer has started, and no resume is under way.");
        while (_attempt!.TryTake(out ChatDelta? taken))
        {
            delta = _joiner is null ? taken : _joiner.Join(taken);
            if (_joiner is { IsTooLong: true }) throw Fail(_joiner.CreateTooLarge(), ChatResumeRefusal.NotTransient, Delivered);
            ThrowIfRestartForbidden();
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

    /// <summary>Reads on. Resumes the answer if the stream breaks off.</summary>
    /// <returns>False if the answer is complete.</returns>
    /// <exception cref="ChatStreamException">The stream broke off, and is not resumed.</exception>
    public async ValueTask<bool> ReadAsync()
    {
        ChatStreamException? failure = null;
        try
        {
            if (await _attempt!.ReadAsync().ConfigureAwait(false)) return true;
        }
        catch (ChatStreamException exception)
        {
            failure = exception;
        }

        if (failure is null) return CompleteJoin();
        await ResumeAsync(failure).ConfigureAwait(false);
        return true;
    }

    public ValueTask DisposeAsync() => _attempt?.DisposeAsync() ?? default;

    private async ValueTask ResumeAsync(ChatStreamException failure)
    {
        Attempt broken = _attempt!;
        // All deltas that arrived before the failure have been taken, and a joiner may hold back text that they had.
        _partial = _delivered?.ToResult(isComplete: false) ?? failure.Partial;
        long? estimate = _tokens.Add(failure.Partial, broken.OutputDeltas, broken.IsReplay);
        _failedAttempts.Add(new ChatAttempt
        {
            Number = broken.Number,
            Usage = failure.Partial.Usage,
            EstimatedOutputTokenCount = estimate,
            Error = failure.Error,
        });
        ChatDecoder? replayDecoder = broken.ReplayDecoder;
        ChatResumeRefusal? continuationRefusal = ResumeDecision.DecideContinuation(failure, _partial, Body, call);
        ChatResumeRefusal? refusal = replayDecoder is null
            ? continuationRefusal
            : ResumeDecision.DecideReplay(failure, _partial, call);
        _attempt = null;
        if (refusal is null) call.BeginResume(failure, _partial.Text.Length);
        await broken.DisposeAsync().ConfigureAwait(false);
        if (refusal is { } reason) throw Fail(failure, reason, Delivered);
        if (replayDecoder is not null && await TryReplayAsync(replayDecoder, failure, continuationRefusal).ConfigureAwait(false)) return;
        await ContinueAsync(failure, estimate).ConfigureAwait(false);
    }

    /// <summary>Requests the rest of an answer that an earlier call has begun.</summary>
    /// <exception cref="ChatStreamException">The answer is not continued.</exception>
    private async ValueTask ContinueEarlierAsync(ChatStreamResult partial)
    {
        _partial = partial;
        _delivered = new AnswerCollector(partial);
        IReadOnlyList<ChatAttempt> earlier = partial.Attempts.Count > 0 ? partial.Attempts
            : [new ChatAttempt { Number = 1, Usage = partial.Usage }];
        // An answer that just ended, or whose end is unknown, is treated as one that was cut off.
        ChatStreamError error = earlier[^1].Error ?? ChatStreamError.Truncated;
        _failedAttempts.AddRange(earlier.SkipLast(1));
        long? estimate = _tokens.Add(partial, deltas: 0, isReplay: false);
        _failedAttempts.Add(earlier[^1] with { Error = error, EstimatedOutputTokenCount = estimate });
        var failure = new ChatStreamException(error, $"The answer broke off earlier ({error}).") { IsTransient = true, Partial = partial };
        if (ResumeDecision.DecideAnswer(null, partial, Body, call.Options) is { } refusal) throw Fail(failure, refusal, Delivered);
        await ContinueAsync(failure, estimate).ConfigureAwait(false);
    }

    /// <summary>Has the provider replay the answer. The deltas go on where the stream broke off, so that nothing is joined.</summary>
    /// <param name="decoder">The decoder of the attempt that broke off.</param>
    /// <param name="failure">Why it broke off.</param>
    /// <param name="continuationRefusal">Why a continuation is not possible instead; null if it is.</param>
    /// <returns>False if the provider has not kept the answer, and a continuation is possible.</returns>
    private async ValueTask<bool> TryReplayAsync(
        ChatDecoder decoder, ChatStreamException failure, ChatResumeRefusal? continuationRefusal)
    {
        try
        {
            _attempt = await StartAttemptAsync(
                (c, token) => Attempt.ReplayAsync(transport, request, decoder, c, token)).ConfigureAwait(false);
        }
        catch (ChatStreamException refused) when (ContinuationStrategy.IsReplayRefused(refused))
        {
            call.Telemetry.ReplayRefused(refused);
            ChatResumeRefusal? refusal = continuationRefusal ?? (call.HasBudget ? null : ChatResumeRefusal.BudgetSpent);
            if (refusal is { } reason) throw Fail(failure, reason, Delivered, refused);
            return false;
        }
        catch (ChatStreamException failed)
        {
            throw Fail(failed, ResumeDecision.AfterFailedResume(failed, call.Options.Retry), Delivered);
        }

        _replaySeam = new ChatSeam
        {
            Attempt = _attempt.Number,
            TextOffset = _partial.Text.Length,
            Reason = failure.Error,
            Kind = ChatSeamKind.Replayed,
        };
        return true;
    }

    /// <summary>
    /// Requests the rest of the answer by a continuation; by an instruction if the provider refuses a prefill. If it refuses that too, the
    /// error is the original one: nothing is wrong with the caller's request.
    /// </summary>
    private async ValueTask ContinueAsync(ChatStreamException failure, long? estimate)
    {
        bool hasReasoning = _partial.Reasoning.Length > 0 || _partial.Usage?.ReasoningTokenCount > 0;
        ChatContinuation continuation = ContinuationStrategy.Choose(call.Options.Resume, call.Options.Provider, Body, hasReasoning);
        while (true)
        {
            ChatContinuation sent = _partial.Text.AsSpan().IsWhiteSpace() ? ChatContinuation.Restart : continuation;
            try
            {
                await ContinueAsync(failure, estimate, continuation, sent).ConfigureAwait(false);
                return;
            }
            catch (ChatStreamException refused) when (ContinuationStrategy.IsRefused(refused, sent, Dialect))
            {
                if (!ContinuationStrategy.IsPrefill(sent) || !call.HasBudget)
                    throw Fail(failure, ChatResumeRefusal.ContinuationRefused, Delivered, refused);
                call.Telemetry.PrefillRefused(refused);
                continuation = ChatContinuation.Instruction;
            }
            catch (ChatStreamException failed)
            {
                throw Fail(failed, ResumeDecision.AfterFailedResume(failed, call.Options.Retry), Delivered);
            }
        }
    }

    /// <summary>Requests the rest of the answer in one way.</summary>
    /// <param name="failure">Why the attempt before broke off.</param>
    /// <param name="estimate">The estimated output tokens of that attempt; null if the provider counted them.</param>
    /// <param name="continuation">The way to continue.</param>
    /// <param name="sent">The same; or, if nothing but white space had arrived, a restart: the original request is sent again.</param>
    private async ValueTask ContinueAsync(
        ChatStreamException failure, long? estimate, ChatContinuation continuation, ChatContinuation sent)
    {
        LlmProvider provider = call.Options.Provider;
        string text = _partial.Text;
        // Some providers refuse white space at the end of a prefill, others cut it off.
        string sentText = text.TrimEnd();
        if (sentText.Length > 0 && continuation == ChatContinuation.Instruction) sentText = text;
        // A prefill of the original request precedes the partial answer, unless the provider echoed it.
        string prefill = ContinuationRequest.PrefillOf(Dialect, Body);
        if (provider.EchoesPrefix && sentText.StartsWith(prefill, StringComparison.Ordinal)) prefill = "";
        string message = prefill + sentText;

        string instruction = ContinuationInstruction.Create(call.Options, Body, text);
        JsonObject body = ContinuationRequest.Build(Dialect, Body, sent, message, instruction, _tokens.Total);
        ChatRequest next = request.ForContinuation(body, ContinuationStrategy.IsPrefill(sent));
        _attempt = await StartAttemptAsync((c, token) => Attempt.StartAsync(transport, next, c, token)).ConfigureAwait(false);

        _delivered ??= new AnswerCollector(_partial);
        // A new answer to the original request is joined to white space as a continuation of it, not as a repetition.
        ChatContinuation joined = sent == continuation ? continuation : ChatContinuation.Prefill;
        var seam = new SeamText(text, sentText.Length, sentText.Length == 0 ? "" : message, joined, provider.EchoesPrefix);
        _joiner = new SeamJoiner(
            seam, _partial, failure, _attempt.Number, call.Options.Resume.RestartPolicy, call.Options.Read.MaxAnswerCharacters)
        {
            EstimatedOutputTokenCount = estimate,
        };
    }

    private async ValueTask<Attempt> StartAttemptAsync(Func<CallContext, CancellationToken, ValueTask<Attempt>> start)
    {
        try
        {
            return await RetryPipeline.ExecuteAsync(pipeline, call, start).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Exceptions of the pipeline itself, such as a cancellation of the delay before a retry, are not translated yet.
            Exception translated = call.Translate(exception, null) ?? exception;
            if (ReferenceEquals(translated, exception)) throw;
            throw translated;
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
        if (_joiner is { IsTooLong: true }) throw Fail(_joiner.CreateTooLarge(), ChatResumeRefusal.NotTransient, Delivered);
        ThrowIfRestartForbidden();
        return _lastDelta is not null;
    }

    private void ThrowIfRestartForbidden()
    {
        if (_joiner is { IsRestartForbidden: true }) throw Fail(_joiner.Failure, ChatResumeRefusal.StartedOver, Delivered);
    }

    private ChatStreamException Fail(
        ChatStreamException failure, ChatResumeRefusal refusal, ChatStreamResult partial, ChatStreamException? refused = null)
    {
        call.Telemetry.NotResumed(failure, refusal, partial.Text.Length);
        ChatStreamException final = failure.AfterDelivery(refusal, partial, call.Attempts, refused);
        call.Telemetry.Failed(final);
        return final;
    }
}
