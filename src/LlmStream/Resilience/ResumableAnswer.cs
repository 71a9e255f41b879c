using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using LlmStream.Dialects;
using LlmStream.Transport;
using Polly;

namespace LlmStream.Resilience;

/// <summary>One answer, read through as many attempts as it takes.</summary>
/// <remarks>
/// Invariant: from the end of <see cref="StartAsync"/> on, <c>_attempt</c> is the attempt that is being read, except while a resume
/// starts the next one, or after that failed. <c>_joiner</c> joins the deltas of a continuation to the partial answer before it.
/// </remarks>
internal sealed class ResumableAnswer(ChatTransport transport, ResiliencePipeline pipeline, CallContext call, ChatRequest request)
    : IAsyncDisposable
{
    private List<ChatAttempt>? _failedAttempts;
    private JsonObject? _body;
    private Attempt? _attempt;
    private SeamJoiner? _joiner;
    private ChatSeam? _replaySeam; // until the first delta of the replay is taken
    private ChatDelta? _lastDelta; // of a complete continuation, until it is taken

    /// <summary>The body of the original request. Parsed only after a failure. Not to be changed.</summary>
    private JsonObject Body => _body ??= request.ReadBody();

    private Dialect Dialect => call.Options.Provider.Dialect.Format;

    /// <summary>Sends the request and waits until the answer begins.</summary>
    /// <exception cref="ChatStreamException">All attempts failed before an answer began.</exception>
    public async ValueTask StartAsync()
    {
        Debug.Assert(_attempt is null, "An answer is started once.");
        try
        {
            _attempt = await StartAttemptAsync((c, token) => Attempt.StartAsync(transport, request, c, token)).ConfigureAwait(false);
        }
        catch (ChatStreamException failure)
        {
            call.Telemetry.Failed(failure);
            throw;
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
            if (_joiner is { IsTooLong: true }) throw Fail(_joiner.CreateTooLarge(), ChatResumeRefusal.NotTransient, _joiner.Partial);
            ThrowIfRestartForbidden();
            if (delta is null) continue;
            delta = AddReplaySeam(delta);
            return true;
        }

        delta = _lastDelta;
        _lastDelta = null;
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
        (_failedAttempts ??= []).Add(new ChatAttempt { Number = broken.Number, Usage = failure.Partial.Usage, Error = failure.Error });
        ChatStreamResult partial = _joiner is null ? failure.Partial : _joiner.ToPartial(failure.Partial);
        ChatDecoder? replayDecoder = broken.ReplayDecoder;
        ChatResumeRefusal? continuationRefusal = ResumeDecision.DecideContinuation(failure, partial, Body, call);
        ChatResumeRefusal? refusal = replayDecoder is null
            ? continuationRefusal
            : ResumeDecision.DecideReplay(failure, partial, call);
        if (refusal is { } reason) throw Fail(failure, reason, partial);

        call.BeginResume(failure, partial.Text.Length);
        _attempt = null;
        await broken.DisposeAsync().ConfigureAwait(false);
        if (replayDecoder is not null && await TryReplayAsync(replayDecoder, failure, partial, continuationRefusal).ConfigureAwait(false))
            return;
        await ContinueAsync(failure, partial).ConfigureAwait(false);
    }

    /// <summary>Has the provider replay the answer. The deltas go on where the stream broke off, so that nothing is joined.</summary>
    /// <param name="decoder">The decoder of the attempt that broke off.</param>
    /// <param name="failure">Why it broke off.</param>
    /// <param name="partial">The partial answer.</param>
    /// <param name="continuationRefusal">Why a continuation is not possible instead; null if it is.</param>
    /// <returns>False if the provider has not kept the answer, and a continuation is possible.</returns>
    private async ValueTask<bool> TryReplayAsync(
        ChatDecoder decoder, ChatStreamException failure, ChatStreamResult partial, ChatResumeRefusal? continuationRefusal)
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
            if (refusal is { } reason) throw Fail(failure, reason, partial);
            return false;
        }
        catch (ChatStreamException failed)
        {
            throw Fail(failed, ResumeDecision.AfterFailedResume(failed, call.Options.Retry), partial);
        }

        _replaySeam = new ChatSeam
        {
            Attempt = _attempt.Number,
            TextOffset = partial.Text.Length,
            Reason = failure.Error,
            Kind = ChatSeamKind.Replayed,
        };
        return true;
    }

    /// <summary>Requests the rest of the answer by a continuation; by an instruction if the model refuses a prefill.</summary>
    private async ValueTask ContinueAsync(ChatStreamException failure, ChatStreamResult partial)
    {
        bool hasReasoning = partial.Reasoning.Length > 0 || partial.Usage?.ReasoningTokenCount > 0;
        ChatContinuation continuation = ContinuationStrategy.Choose(call.Options.Resume, call.Options.Provider, Body, hasReasoning);
        try
        {
            try
            {
                await ContinueAsync(failure, partial, continuation).ConfigureAwait(false);
            }
            catch (ChatStreamException refused) when (
                ContinuationStrategy.IsPrefill(continuation) && ContinuationStrategy.IsPrefillRefused(refused, Dialect) && call.HasBudget)
            {
                call.Telemetry.PrefillRefused(refused);
                await ContinueAsync(failure, partial, ChatContinuation.Instruction).ConfigureAwait(false);
            }
        }
        catch (ChatStreamException failed)
        {
            throw Fail(failed, ResumeDecision.AfterFailedResume(failed, call.Options.Retry), partial);
        }
    }

    private async ValueTask ContinueAsync(ChatStreamException failure, ChatStreamResult partial, ChatContinuation continuation)
    {
        LlmProvider provider = call.Options.Provider;
        // Some providers refuse white space at the end of a prefill, others cut it off.
        string sentText = partial.Text.TrimEnd();
        if (sentText.Length > 0 && continuation == ChatContinuation.Instruction) sentText = partial.Text;
        // A prefill of the original request precedes the partial answer, unless the provider echoed it.
        string prefill = ContinuationRequest.PrefillOf(Dialect, Body);
        if (provider.EchoesPrefix && sentText.StartsWith(prefill, StringComparison.Ordinal)) prefill = "";
        string message = prefill + sentText;

        // If nothing but white space had arrived there is nothing to continue: the original request is sent again.
        bool isEmpty = sentText.Length == 0;
        ChatContinuation sent = isEmpty ? ChatContinuation.Restart : continuation;
        string instruction = ContinuationInstruction.Create(call.Options, Body, partial.Text);
        JsonObject body = ContinuationRequest.Build(Dialect, Body, sent, message, instruction, TokensSpent());
        ChatRequest next = request.ForContinuation(body, ContinuationStrategy.IsPrefill(sent));
        _attempt = await StartAttemptAsync((c, token) => Attempt.StartAsync(transport, next, c, token)).ConfigureAwait(false);

        // A new answer to the original request is joined to white space as a continuation of it, not as a repetition.
        ChatContinuation joined = sent == continuation ? continuation : ChatContinuation.Prefill;
        var seam = new SeamText(partial.Text, sentText.Length, isEmpty ? "" : message, joined, provider.EchoesPrefix);
        _joiner = new SeamJoiner(
            seam, partial, failure, _attempt.Number, call.Options.Resume.RestartPolicy, call.Options.Read.MaxAnswerCharacters);
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
        ThrowIfRestartForbidden();
        return _lastDelta is not null;
    }

    private void ThrowIfRestartForbidden()
    {
        if (_joiner is { IsRestartForbidden: true }) throw Fail(_joiner.Failure, ChatResumeRefusal.StartedOver, _joiner.Partial);
    }

    /// <summary>The tokens that the failed attempts have generated; null if the usage of one of them is unknown.</summary>
    private long? TokensSpent()
    {
        long spent = 0;
        foreach (ChatAttempt attempt in _failedAttempts ?? [])
        {
            if (attempt.Usage?.OutputTokenCount is not { } tokens) return null;
            spent += tokens;
        }

        return spent;
    }

    private ChatStreamException Fail(ChatStreamException failure, ChatResumeRefusal refusal, ChatStreamResult partial)
    {
        call.Telemetry.NotResumed(failure, refusal, partial.Text.Length);
        ChatStreamException final = failure.AfterDelivery(refusal, partial.With(_failedAttempts ?? []));
        call.Telemetry.Failed(final);
        return final;
    }
}
