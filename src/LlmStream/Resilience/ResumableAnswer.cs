using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;
using LlmStream.Dialects;
using LlmStream.Transport;
using Polly;

namespace LlmStream.Resilience;

/// <summary>One answer, through as many attempts as it takes.</summary>
internal sealed class ResumableAnswer(ChatTransport transport, ResiliencePipeline pipeline, CallContext call, ChatRequest request) : IAsyncDisposable
{
    private List<ChatAttempt>? _ended; // those that broke off
    private JsonObject? _body;
    private Attempt? _attempt;
    private SeamJoiner? _joiner; // from the second attempt on
    private ChatSeam? _replaySeam; // until it has been delivered
    private ChatDelta? _last;

    /// <summary>What is asked; only a failure makes anybody look at it. Not to be changed.</summary>
    private JsonObject Body => _body ??= request.ReadBody();

    private Dialect Dialect => call.Options.Provider.Dialect.Format;

    /// <summary>Sends the request, and waits until the answer begins.</summary>
    /// <exception cref="ChatStreamException">There is no answer.</exception>
    public async ValueTask StartAsync()
    {
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

    /// <summary>Takes the next delta, if it is there already.</summary>
    /// <exception cref="ChatStreamException">The model started over, which the options forbid.</exception>
    public bool TryTake([NotNullWhen(true)] out ChatDelta? delta)
    {
        while (_attempt!.TryTake(out ChatDelta? taken))
        {
            delta = _joiner is null ? taken : _joiner.Join(taken);
            if (_joiner is { IsTooLong: true }) throw Fail(_joiner.TooLong, ChatResumeRefusal.NotTransient, _joiner.Before);
            if (_joiner is { IsRefused: true }) throw Fail(_joiner.Failure, ChatResumeRefusal.StartedOver, _joiner.Before);
            if (delta is null) continue;
            delta = MarkSeam(delta);
            return true;
        }

        delta = _last;
        _last = null;
        return delta is not null;
    }

    /// <summary>Reads on, and takes the answer up again where it breaks off.</summary>
    /// <returns>False when the answer is complete.</returns>
    /// <exception cref="ChatStreamException">It broke off, and cannot be taken up again.</exception>
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

        if (failure is null) return TakeLast();

        Attempt broken = _attempt!;
        (_ended ??= []).Add(new ChatAttempt { Number = broken.Number, Usage = failure.Partial.Usage, Error = failure.Error });
        ChatStreamResult partial = _joiner is null ? failure.Partial : _joiner.ToPartial(failure.Partial);
        ChatDecoder? kept = broken.Kept;
        ChatResumeRefusal? refusal = ResumeDecision.Decide(failure, partial, Body, call);
        if (kept is null && refusal is { } why) throw Fail(failure, why, partial);
        if (kept is not null && ResumeDecision.Decide(failure, partial, Body, call, isReplay: true) is { } whyNot) throw Fail(failure, whyNot, partial);

        call.BeginResume(failure, partial.Text.Length);
        _attempt = null;
        await broken.DisposeAsync().ConfigureAwait(false);
        if (kept is null || !await ReplayAsync(kept, failure, partial, refusal).ConfigureAwait(false)) await ResumeAsync(failure, partial).ConfigureAwait(false);
        return true;
    }

    /// <summary>Has the provider send on what it kept. It goes where the rest would have gone, so nothing is to be joined.</summary>
    /// <param name="kept">What has read the beginning.</param>
    /// <param name="failure">Why it broke off.</param>
    /// <param name="partial">What had arrived.</param>
    /// <param name="refusal">Why no other way may be taken, if so.</param>
    /// <returns>False where the provider has not kept it, and another way is to be taken.</returns>
    private async ValueTask<bool> ReplayAsync(ChatDecoder kept, ChatStreamException failure, ChatStreamResult partial, ChatResumeRefusal? refusal)
    {
        try
        {
            _attempt = await StartAttemptAsync((c, token) => Attempt.ReplayAsync(transport, request, kept, c, token)).ConfigureAwait(false);
        }
        catch (ChatStreamException refused) when (ContinuationStrategy.IsRefusedReplay(refused))
        {
            call.Telemetry.ReplayRefused(refused);
            refusal ??= call.HasBudget ? null : ChatResumeRefusal.BudgetSpent;
            if (refusal is { } why) throw Fail(failure, why, partial);
            return false;
        }
        catch (ChatStreamException failed)
        {
            throw Fail(failed, ResumeDecision.AfterFailedResume(failed, call.Options.Retry), partial);
        }

        _replaySeam = new ChatSeam { Attempt = _attempt.Number, TextOffset = partial.Text.Length, Reason = failure.Error, Kind = ChatSeamKind.Replayed };
        return true;
    }

    private ChatDelta MarkSeam(ChatDelta delta)
    {
        if (_replaySeam is not { } seam) return delta;
        _replaySeam = null;
        return delta.Seam is null ? new ChatDelta(delta) { Seam = seam } : delta;
    }

    /// <summary>At the complete end: what the joiner still holds back.</summary>
    private bool TakeLast()
    {
        _last = _joiner?.Complete();
        if (_joiner is { IsRefused: true }) throw Fail(_joiner.Failure, ChatResumeRefusal.StartedOver, _joiner.Before);
        return _last is not null;
    }

    public ValueTask DisposeAsync() => _attempt?.DisposeAsync() ?? default;

    private async ValueTask ResumeAsync(ChatStreamException failure, ChatStreamResult partial)
    {
        LlmProvider provider = call.Options.Provider;
        ChatContinuation how = ContinuationStrategy.Choose(call.Options.Resume, provider, Body);
        bool hasReasoned = partial.Reasoning.Length > 0 || partial.Usage?.ReasoningTokenCount > 0;
        if (hasReasoned && IsPrefill(how) && !Dialect.TakesPrefillAfterReasoning(how)) how = ChatContinuation.Instruction;
        try
        {
            try
            {
                await ResumeAsync(failure, partial, how).ConfigureAwait(false);
            }
            catch (ChatStreamException refused) when (IsPrefill(how) && ContinuationStrategy.IsRefusedPrefill(refused, Dialect) && call.HasBudget)
            {
                call.Telemetry.PrefillRefused(refused);
                await ResumeAsync(failure, partial, ChatContinuation.Instruction).ConfigureAwait(false);
            }
        }
        catch (ChatStreamException refused)
        {
            throw Fail(refused, ResumeDecision.AfterFailedResume(refused, call.Options.Retry), partial);
        }
    }

    private async ValueTask ResumeAsync(ChatStreamException failure, ChatStreamResult partial, ChatContinuation how)
    {
        // White space at the end of a last message is refused by some providers, and cut off by others.
        string sent = partial.Text.TrimEnd();
        if (sent.Length > 0 && how == ChatContinuation.Instruction) sent = partial.Text;
        // What the request itself put into the assistant's mouth comes before it, unless the provider said it again.
        string prefill = ContinuationRequest.PrefillOf(Dialect, Body);
        if (call.Options.Provider.EchoesPrefix && sent.StartsWith(prefill, StringComparison.Ordinal)) prefill = "";
        string message = prefill + sent;

        // Where nothing but white space had come, there is nothing to go on from: the same is asked again.
        ChatContinuation asked = sent.Length == 0 ? ChatContinuation.Restart : how;
        string instruction = ContinuationStrategy.Instruction(call.Options, Body, partial.Text);
        JsonObject body = ContinuationRequest.Build(Dialect, Body, asked, message, instruction, TokensSpent());
        ChatRequest continuation = request.ForContinuation(body, IsPrefill(asked));
        _attempt = await StartAttemptAsync((c, token) => Attempt.StartAsync(transport, continuation, c, token)).ConfigureAwait(false);

        ChatContinuation joined = asked == how ? how : ChatContinuation.Prefill;
        var seam = new SeamText(partial.Text, sent.Length, sent.Length == 0 ? "" : message, joined, call.Options.Provider.EchoesPrefix);
        _joiner = new SeamJoiner(seam, partial, failure, _attempt.Number, call.Options.Resume.OnRestart, call.Options.Read.MaxAnswerCharacters);
    }

    private async ValueTask<Attempt> StartAttemptAsync(Func<CallContext, CancellationToken, ValueTask<Attempt>> start)
    {
        try
        {
            return await RetryPipeline.ExecuteAsync(pipeline, call, start).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Cancelled while it waited for the next attempt: nobody has said yet what that means.
            Exception translated = call.Translate(exception, null) ?? exception;
            if (ReferenceEquals(translated, exception)) throw;
            throw translated;
        }
    }

    /// <summary>The tokens written so far, where every attempt's count is known.</summary>
    private long? TokensSpent()
    {
        long spent = 0;
        foreach (ChatAttempt attempt in _ended ?? [])
        {
            if (attempt.Usage?.OutputTokenCount is not { } tokens) return null;
            spent += tokens;
        }

        return spent;
    }

    private ChatStreamException Fail(ChatStreamException failure, ChatResumeRefusal refusal, ChatStreamResult partial)
    {
        call.Telemetry.NotResumed(failure, refusal, partial.Text.Length);
        ChatStreamException final = failure.AfterDelivery(refusal, partial.With(_ended ?? []));
        call.Telemetry.Failed(final);
        return final;
    }

    private static bool IsPrefill(ChatContinuation how) => how is not (ChatContinuation.Instruction or ChatContinuation.Restart);
}
