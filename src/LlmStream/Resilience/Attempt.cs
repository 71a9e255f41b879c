using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using LlmStream.Answers;
using LlmStream.Chat;
using LlmStream.Dialects;
using LlmStream.Framing;
using LlmStream.Reading;
using LlmStream.Transport;
using Microsoft.Extensions.AI;

namespace LlmStream.Resilience;

/// <summary>One attempt: a request that was sent, and its response while it is read.</summary>
/// <remarks>
/// Invariant: once <c>_verdict</c> is set nothing more is read. Deltas that arrived before it are delivered before its exception.
/// </remarks>
internal sealed partial class Attempt : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly Stream _body;
    private readonly ReadSession _session;
    private readonly AnswerBuilder _answer; // of the session
    private readonly ReadWatch _watch;
    private readonly CancellationToken _token; // of the watch
    private readonly CallContext _call;
    private readonly ChatRequest _request;
    private readonly AttemptStart _start;

    // The deltas that arrived while the attempt was started: those before the first content, and that content. Usually one or two.
    private ChatDelta? _startDelta; // the next to be taken
    private Queue<ChatDelta>? _startDeltas; // those after it
    private bool _hasContent;
    private long _outputDeltas;
    private Verdict? _verdict;

    private Attempt(
        HttpResponseMessage response,
        Stream body,
        ReadWatch watch,
        CallContext call,
        ChatRequest request,
        ChatAttempt record,
        AttemptStart start)
    {
        _response = response;
        _body = body;
        _watch = watch;
        _token = watch.Token;
        _call = call;
        _request = request;
        _start = start;
        Record = record;
        _session = AttemptSession.Begin(response, body, watch, call, request, start.Paused);
        _answer = _session.Decoder.Answer;
        _answer.RequestedChoices = request.Choices;
        string? requestId = call.Redact(FailedResponse.RequestIdOf(response.Headers)) ?? _answer.Info.RequestId;
        _answer.Info = _answer.Info with
        {
            Attempt = record.Number,
            RequestId = requestId,
            Provider = record.Provider,
            Attempts = call.Log.EndedAnd(record.Number),
            Log = call.Log,
        };
    }

    /// <summary>Its number, provider and model.</summary>
    public ChatAttempt Record { get; }

    /// <summary>The number of this attempt among those of its answer, from 1.</summary>
    public int Number => Record.Number;

    /// <summary>Whether it goes on with the answer of the attempt before it, which the provider had kept.</summary>
    public bool IsReplay => _start.Paused is not null;

    /// <summary>Whether a delta with output has been read while the attempt was started.</summary>
    public bool HasOutput { get; private set; }

    /// <summary>Whether any delta has been taken.</summary>
    public bool HasDelivered { get; private set; }

    /// <summary>The number of deltas with text or reasoning that have been taken.</summary>
    public long OutputDeltas => _outputDeltas;

    /// <summary>
    /// The answer as far as its deltas have been taken; for a replay, with those of the attempts before it. Only until it is disposed
    /// of.
    /// </summary>
    public ChatStreamResult Delivered => UndeliveredDeltas.Subtract(
        _answer.ToPartial(), [.. StartDeltas, .. _answer.PendingDeltas]);

    /// <summary>The state that the replay of this answer needs; null if it cannot be replayed.</summary>
    public PausedAnswer? Paused => _session.IsPaused ? new PausedAnswer(_session.Decoder, _session.KnownCursor) : null;

    /// <summary>Sends a request and waits for the first content of the answer.</summary>
    /// <param name="transport">The transport.</param>
    /// <param name="request">The request.</param>
    /// <param name="call">The call that the attempt belongs to.</param>
    /// <param name="cancellationToken">Cancels starting the attempt. Has no effect on an attempt that was returned.</param>
    /// <exception cref="ChatStreamException">The attempt failed before any content arrived, and may be retried.</exception>
    public static ValueTask<Attempt> StartAsync(
        ChatTransport transport, ChatRequest request, CallContext call, CancellationToken cancellationToken) =>
        StartAsync(transport, request, call, cancellationToken, default);

    /// <summary>Requests the replay of an answer that is kept, and waits for its first delta.</summary>
    /// <param name="transport">The transport.</param>
    /// <param name="replay">The request for the replay.</param>
    /// <param name="paused">The <see cref="Paused"/> of the attempt that broke off.</param>
    /// <param name="call">The call that the attempt belongs to.</param>
    /// <param name="cancellationToken">Cancels starting the attempt. Has no effect on an attempt that was returned.</param>
    /// <exception cref="ChatStreamException">
    /// The attempt failed before any delta arrived, and may be retried; not if the body is empty for the second time.
    /// </exception>
    public static ValueTask<Attempt> ReplayAsync(
        ChatTransport transport, ChatRequest replay, PausedAnswer paused, CallContext call, CancellationToken cancellationToken) =>
        StartAsync(transport, replay, call, cancellationToken, new AttemptStart { Paused = paused });

    /// <summary>Sends a request and waits until the answer begins.</summary>
    /// <param name="transport">The transport.</param>
    /// <param name="request">The request.</param>
    /// <param name="call">The call that the attempt belongs to.</param>
    /// <param name="cancellationToken">Cancels starting the attempt. Has no effect on an attempt that was returned.</param>
    /// <param name="start">What kind of attempt it is.</param>
    public static async ValueTask<Attempt> StartAsync(
        ChatTransport transport, ChatRequest request, CallContext call, CancellationToken cancellationToken, AttemptStart start)
    {
        ChatAttempt record = call.BeginAttempt(request.Model, start.IsHedge);
        var watch = new ReadWatch(call.Options.TimeProvider, call.Options.Timeouts, call.Token);
        // The token of a retry pipeline may differ from that of the call, which the watch observes already.
        using CancellationTokenRegistration registration = cancellationToken == call.Token
            ? default
            : cancellationToken.UnsafeRegister(static state => ((ReadWatch)state!).Cancel(), watch);
        HttpResponseMessage? response = null;
        Attempt? attempt = null;
        var resends = new ResendCounter();
        try
        {
            try
            {
                response = await transport.SendAsync(request, resends, watch.Token).ConfigureAwait(false);
            }
            finally
            {
                call.AddResends(resends.Count);
            }

            watch.ResponseBegan();
            Stream body = request.Description.IsPending is { } isPending
                ? new PolledBody(response, isPending, token => transport.SendAsync(request, token), call.Options)
                : await response.Content.ReadAsStreamAsync(watch.Token).ConfigureAwait(false);
            attempt = new Attempt(response, body, watch, call, request, record, start);
            await attempt.ReadToContentAsync().ConfigureAwait(false);
            return attempt;
        }
        catch (Exception exception)
        {
            if (call.Translate(exception, watch) is { } translated) exception = translated;
            ChatStreamError? error = (exception as ChatStreamException)?.Error;
            bool mayHaveBegun = resends.IsSent && exception is not ChatStreamException { StatusCode: not null };
            ChatAttempt ended = attempt?.ToAttempt(isComplete: false, error) ?? WithoutResponse(record, request, call, mayHaveBegun);
            call.EndAttempt(ended with { Error = error, IsCanceled = exception is OperationCanceledException });
            if (attempt is not null) await attempt.DisposeAsync().ConfigureAwait(false);
            else
            {
                response?.Dispose();
                watch.Dispose();
            }

            // A refusal is not retried, whatever its status: some servers report it as an internal error.
            if (request.IsPrefill && exception is ChatStreamException { IsTransient: true } failure
                && ContinuationStrategy.IsPrefillRefused(failure, call.Options.Provider.Dialect.Format))
            {
                throw failure.AsPermanent();
            }

            ExceptionDispatchInfo.Throw(exception);
            throw;
        }
    }

    /// <summary>Names, in the deltas that have not been taken, the attempts that have ended since this one was started.</summary>
    public void UpdateAttempts()
    {
        Debug.Assert(!HasDelivered, "Deltas that were taken are not changed.");
        _answer.Info = _answer.Info with { Attempts = _call.Log.EndedAnd(Number) };
        ChatDelta[] deltas = [.. StartDeltas.Select(delta => new ChatDelta(delta) { Stream = _answer.Info })];
        (_startDelta, _startDeltas) = (null, null);
        foreach (ChatDelta delta in deltas) AddStartDelta(delta);
    }

    /// <summary>Takes the next delta if one has been read already.</summary>
    public bool TryTake([NotNullWhen(true)] out ChatDelta? delta)
    {
        if (_startDelta is not null)
        {
            delta = _startDelta;
            _startDelta = _startDeltas?.Dequeue();
            if (_startDeltas is { Count: 0 }) _startDeltas = null;
        }
        else if (!_answer.TryTake(out delta)) return false;

        NoteTaken(delta);
        return true;
    }

    /// <summary>Takes the next delta if it has been received already. If not, <see cref="StepAsync"/> is to be called.</summary>
    /// <returns>Null if it has not.</returns>
    public ChatDelta? TakeNext()
    {
        if (_startDelta is not null) return TryTake(out ChatDelta? first) ? first : null;
        ChatDelta? delta;
        while ((delta = _answer.Take()) is null)
        {
            if (!TryRead()) return null;
        }

        NoteTaken(delta);
        return delta;
    }

    private void NoteTaken(ChatDelta delta)
    {
        HasDelivered = true;
        if (delta.Text.Length > 0)
        {
            _outputDeltas++;
            _watch.DeltaArrived();
            return;
        }

        // A raw event or a repeated role is no part of the answer: a server may send those while it generates nothing.
        if (delta.HasContent || delta.Usage is not null) _watch.DeltaArrived();
        if (delta.Reasoning.Length > 0) _outputDeltas++;
    }

    /// <summary>Decodes the next event if it has been received already. If not, <see cref="StepAsync"/> is to be called.</summary>
    public bool TryRead() => _verdict is null && _session.TryStep(_token);

    /// <summary>Reads on. The answer awaits it and calls <see cref="EndStep"/>, so that no state machine is held here.</summary>
    public ValueTask<Verdict?> StepAsync() => _verdict is null ? _session.StepAsync(_token) : new(_verdict);

    /// <summary>Ends a step.</summary>
    /// <param name="verdict">How the stream ended; null if it goes on.</param>
    /// <returns>False if the answer is complete.</returns>
    /// <exception cref="ChatStreamException">The stream failed. All deltas that arrived before have been taken.</exception>
    public bool EndStep(Verdict? verdict)
    {
        _verdict = verdict;
        return HasMore();
    }

    /// <summary>The exception of a time budget that has cancelled a step; null if something else has.</summary>
    public Exception? TranslateTimeout(OperationCanceledException exception) => _call.Translate(exception, _watch);

    /// <summary>The verdict on a step that a time budget has cancelled.</summary>
    /// <param name="cause">The result of <see cref="TranslateTimeout"/>.</param>
    public Verdict Interrupt(Exception cause)
    {
        Debug.Assert(_verdict is null, "Nothing is read after the verdict.");
        return _session.Interrupt(cause);
    }

    /// <summary>Ends the response. If the answer is incomplete the connection is closed, so that the provider stops generating.</summary>
    public async ValueTask DisposeAsync()
    {
        await _session.DisposeAsync().ConfigureAwait(false);
        bool isComplete = _verdict is { Exception: null };
        // A body that is polled reads each response to its end; reading on would send another request.
        if (_body is PolledBody) await _body.DisposeAsync().ConfigureAwait(false);
        else await ResponseEnding.EndAsync(_response, _body, isComplete, _call.Options.TimeProvider).ConfigureAwait(false);
        _watch.Dispose();
    }

    /// <summary>Whether there are deltas to take, or the stream goes on.</summary>
    /// <exception cref="ChatStreamException">There are no more deltas, and the stream failed.</exception>
    private bool HasMore()
    {
        if (_verdict is null || _answer.HasDeltas) return true;
        if (_verdict.Exception is { } exception) throw _call.Translate(exception, _watch) ?? exception;
        return false;
    }

    private async ValueTask ReadToContentAsync()
    {
        while (!_hasContent && _verdict is null)
        {
            try
            {
                _verdict = await _session.StepAsync(_token).ConfigureAwait(false);
            }
            catch (OperationCanceledException canceled) when (TranslateTimeout(canceled) is { } translated)
            {
                _verdict = Interrupt(translated);
            }

            while (_answer.TryTake(out ChatDelta? delta))
            {
                // A replay does not repeat what came before the first content.
                HasOutput |= delta.HasOutput;
                _hasContent |= IsReplay || (_start.WaitsForOutput ? delta.HasOutput : IsStartOfAnswer(delta));
                AddStartDelta(delta);
            }

            if (!_hasContent && IsAnnounced()) return; // the time budget for the first delta goes on
        }

        if (!_hasContent && _verdict?.Exception is { } exception && !IsLeftToResume(exception))
        {
            // A gateway that does not know replays may answer them with an empty body (github.com/BerriAI/litellm/pull/26671).
            bool isEmpty = _start.Paused is not null && exception.Error == ChatStreamError.Truncated && _session.IsEmpty;
            throw isEmpty && _start.Paused!.EmptyReplays++ > 0 ? exception.AsPermanent() : exception;
        }

        _watch.DeltaArrived();
    }

    private IEnumerable<ChatDelta> StartDeltas => _startDelta is null ? [] : [_startDelta, .. _startDeltas ?? []];

    private void AddStartDelta(ChatDelta delta)
    {
        if (_startDelta is null) _startDelta = delta;
        else (_startDeltas ??= new Queue<ChatDelta>(2)).Enqueue(delta);
    }

    /// <summary>Whether the start of the answer is to be announced. Then a delta for it has been added.</summary>
    private bool IsAnnounced()
    {
        ChatDecoder decoder = _session.Decoder;
        bool isKept = _request.IsAnswerKept && decoder is { ReplayPoint: not null, Fault: null };
        if (!_call.AnnouncesStart || _start.WaitsForOutput || IsReplay || !isKept) return false;
        if (_startDelta is null) AddStartDelta(new ChatDelta { Role = ChatRole.Assistant, Stream = decoder.Answer.Info });
        return true;
    }

    /// <summary>
    /// Whether a failure before any content is not to be retried but resumed: the provider goes on generating the answer, so that
    /// a retry would generate a second one; or the provider reports that the answer which is replayed has failed.
    /// </summary>
    private bool IsLeftToResume(ChatStreamException exception) =>
        IsReplay ? _session.Decoder.Fault is not null : _session.IsPaused && exception.IsTransient && _call.MayResume;

    /// <summary>
    /// Whether the provider has begun to answer. Usage alone counts too, but not together with the role: some providers report the
    /// input tokens in their first event, before anything is generated.
    /// </summary>
    private static bool IsStartOfAnswer(ChatDelta delta) => delta.HasContent || delta is { Usage: not null, Role: null };
}
