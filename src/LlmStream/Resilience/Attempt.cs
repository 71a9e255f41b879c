using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using LlmStream.Answers;
using LlmStream.Dialects;
using LlmStream.Framing;
using LlmStream.Reading;
using LlmStream.Transport;

namespace LlmStream.Resilience;

/// <summary>One sending of a request, and the reading of what comes back.</summary>
internal sealed class Attempt : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly Stream _body;
    private readonly ReadSession _session;
    private readonly ReadWatch _watch;
    private readonly CallContext _call;

    // What came before the answer itself: a delta that only says whose turn it is.
    private Queue<ChatDelta>? _heldBack;
    private readonly bool _isReplay;
    private bool _hasContent;
    private Verdict? _verdict;

    private Attempt(HttpResponseMessage response, Stream body, ReadWatch watch, CallContext call, ChatRequest request, ChatDecoder? broken)
    {
        _response = response;
        _body = body;
        _watch = watch;
        _call = call;
        Number = call.Attempts;
        _isReplay = broken is not null;
        bool isKept = ContinuationStrategy.MayReplay(call.Options.Resume, request);
        _session = broken is null
            ? new ReadSession(body, call.Options.Provider.Dialect, call.Options.Read, watch) { MayBeReplayed = isKept }
            : new ReadSession(body, broken, call.Options.Read, watch) { MayBeReplayed = isKept };
        broken?.BeginReplay();
        AnswerBuilder answer = _session.Decoder.Answer;
        answer.Info = answer.Info with { Attempt = Number, RequestId = FailedResponse.RequestIdOf(response.Headers) ?? answer.Info.RequestId };
    }

    /// <summary>Its number among the sendings of the request, from 1.</summary>
    public int Number { get; }

    /// <summary>
    /// The reader of an answer that broke off and that the provider may have kept: it has to read the rest too. Null where there is
    /// nothing to be sent on.
    /// </summary>
    public ChatDecoder? Kept => _session.IsPaused ? _session.Decoder : null;

    /// <summary>Sends the request, and waits for the first piece of the answer.</summary>
    /// <param name="transport">What it is sent by.</param>
    /// <param name="request">What is sent.</param>
    /// <param name="call">The call that it belongs to.</param>
    /// <param name="cancellationToken">Ends the starting, but not the attempt once it has been returned.</param>
    /// <exception cref="ChatStreamException">There is no answer: nothing of one came.</exception>
    public static ValueTask<Attempt> StartAsync(ChatTransport transport, ChatRequest request, CallContext call, CancellationToken cancellationToken) =>
        StartAsync(transport, request, null, call, cancellationToken);

    /// <summary>Asks for what a provider that kept the answer has said since it broke off, and waits for the first piece of that.</summary>
    /// <param name="transport">What it is sent by.</param>
    /// <param name="request">What the answer was asked for by.</param>
    /// <param name="broken">What has read the beginning of the answer, and goes on from where it is now.</param>
    /// <param name="call">The call that it belongs to.</param>
    /// <param name="cancellationToken">Ends the starting, but not the attempt once it has been returned.</param>
    /// <exception cref="ChatStreamException">Nothing came.</exception>
    public static ValueTask<Attempt> ReplayAsync(ChatTransport transport, ChatRequest request, ChatDecoder broken, CallContext call, CancellationToken cancellationToken) =>
        StartAsync(transport, request.ForReplay(broken.ReplayPoint!), broken, call, cancellationToken);

    private static async ValueTask<Attempt> StartAsync(ChatTransport transport, ChatRequest request, ChatDecoder? broken, CallContext call, CancellationToken cancellationToken)
    {
        call.BeginAttempt(request.Model);
        var watch = new ReadWatch(call.Options.TimeProvider, call.Options.Timeouts, call.Token);
        // A pipeline may have a token of its own; the call's is watched already.
        using CancellationTokenRegistration registration = cancellationToken == call.Token
            ? default
            : cancellationToken.UnsafeRegister(static state => ((ReadWatch)state!).Cancel(), watch);
        HttpResponseMessage? response = null;
        Attempt? attempt = null;
        try
        {
            response = await transport.SendAsync(request, watch.Token).ConfigureAwait(false);
            watch.ResponseBegan();
            Stream body = await response.Content.ReadAsStreamAsync(watch.Token).ConfigureAwait(false);
            attempt = new Attempt(response, body, watch, call, request, broken);
            await attempt.ReadToContentAsync().ConfigureAwait(false);
            return attempt;
        }
        catch (Exception exception)
        {
            if (attempt is not null) await attempt.DisposeAsync().ConfigureAwait(false);
            else
            {
                response?.Dispose();
                watch.Dispose();
            }

            if (call.Translate(exception, watch) is { } translated) throw translated;
            throw;
        }
    }

    /// <summary>Takes the next delta, if it is there already.</summary>
    public bool TryTake([NotNullWhen(true)] out ChatDelta? delta)
    {
        if (_heldBack is { Count: > 0 })
        {
            delta = _heldBack.Dequeue();
            if (_heldBack.Count == 0) _heldBack = null; // it is not needed again
        }
        else if (!_session.Decoder.Answer.TryTake(out delta)) return false;

        _watch.DeltaArrived();
        return true;
    }

    /// <summary>Reads on.</summary>
    /// <returns>False when the answer is complete.</returns>
    /// <exception cref="ChatStreamException">The stream failed. What came before is still to be taken.</exception>
    public ValueTask<bool> ReadAsync()
    {
        if (_verdict is not null) return new(AtEnd());
        // What has been read already takes no state machine.
        ValueTask<Verdict?> step = _session.StepAsync(_watch.Token);
        if (!step.IsCompletedSuccessfully) return ReadOnAsync(step);
        _verdict = step.Result;
        return new(GoesOn());
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadOnAsync(ValueTask<Verdict?> step, bool isStart = false)
    {
        try
        {
            _verdict = await step.ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (_call.Translate(exception, _watch) is { } timeout)
        {
            _verdict = _session.Interrupt(timeout);
        }

        return isStart || GoesOn();
    }

    private bool GoesOn() => _verdict is null || _session.Decoder.Answer.HasDeltas || AtEnd();

    private bool AtEnd()
    {
        if (_verdict!.Exception is { } exception) throw _call.Translate(exception, _watch) ?? exception;
        return false;
    }

    /// <summary>Ends the response. One that is not at its end is broken off, so that the provider stops writing it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync().ConfigureAwait(false);
        await ResponseEnding.EndAsync(_response, _body, isComplete: _verdict is { Exception: null }, _call.Options.TimeProvider).ConfigureAwait(false);
        _watch.Dispose();
    }

    private async ValueTask ReadToContentAsync()
    {
        while (!_hasContent && _verdict is null)
        {
            await ReadOnAsync(_session.StepAsync(_watch.Token), isStart: true).ConfigureAwait(false);
            while (_session.Decoder.Answer.TryTake(out ChatDelta? delta))
            {
                // Of a replay nothing comes a second time.
                _hasContent |= _isReplay || IsStartOfAnswer(delta);
                (_heldBack ??= new Queue<ChatDelta>(1)).Enqueue(delta);
            }
        }

        if (!_hasContent && _verdict?.Exception is { } exception && !IsForReader(exception)) throw exception;
        _watch.DeltaArrived();
    }

    /// <summary>
    /// Whether an attempt of which nothing came is still no failed start: the provider has begun to answer and goes on, so that
    /// asking again would be a second answer; or it says that the answer that is replayed has failed.
    /// </summary>
    private bool IsForReader(ChatStreamException exception) =>
        _isReplay ? _session.Decoder.Fault is not null : _session.IsPaused && exception.IsTransient && _call.MayResume;

    /// <summary>
    /// Whether the provider has begun to answer. Usage alone counts too, but not together with the role: Anthropic's first event
    /// reports the input tokens before anything is generated.
    /// </summary>
    private static bool IsStartOfAnswer(ChatDelta delta) => delta.HasContent || delta is { Usage: not null, Role: null };
}
