using System.Diagnostics.CodeAnalysis;
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
    private readonly Queue<ChatDelta> _heldBack = new();
    private bool _hasContent;
    private Verdict? _verdict;

    private Attempt(HttpResponseMessage response, Stream body, ReadWatch watch, CallContext call)
    {
        _response = response;
        _body = body;
        _watch = watch;
        _call = call;
        Number = call.Attempts;
        _session = new ReadSession(body, call.Options.Provider.Dialect, call.Options.Read, watch);
        _session.Decoder.Answer.Info = new ChatStreamInfo { Attempt = Number, RequestId = FailedResponse.RequestIdOf(response.Headers) };
    }

    /// <summary>Its number among the sendings of the request, from 1.</summary>
    public int Number { get; }

    /// <summary>Sends the request, and waits for the first piece of the answer.</summary>
    /// <param name="transport">What it is sent by.</param>
    /// <param name="request">What is sent.</param>
    /// <param name="call">The call that it belongs to.</param>
    /// <param name="cancellationToken">Ends the starting, but not the attempt once it has been returned.</param>
    /// <exception cref="ChatStreamException">There is no answer: nothing of one came.</exception>
    public static async ValueTask<Attempt> StartAsync(ChatTransport transport, ChatRequest request, CallContext call, CancellationToken cancellationToken)
    {
        call.BeginAttempt(request.Model);
        var watch = new ReadWatch(call.Options.TimeProvider, call.Options.Timeouts, call.Token);
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static state => ((ReadWatch)state!).Cancel(), watch);
        HttpResponseMessage? response = null;
        Attempt? attempt = null;
        try
        {
            response = await transport.SendAsync(request, watch.Token).ConfigureAwait(false);
            watch.ResponseBegan();
            Stream body = await response.Content.ReadAsStreamAsync(watch.Token).ConfigureAwait(false);
            attempt = new Attempt(response, body, watch, call);
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
        if (!_heldBack.TryDequeue(out delta) && !_session.Decoder.Answer.TryTake(out delta)) return false;
        _watch.DeltaArrived();
        return true;
    }

    /// <summary>Reads on.</summary>
    /// <returns>False when the answer is complete.</returns>
    /// <exception cref="ChatStreamException">The stream failed. What came before is still to be taken.</exception>
    public async ValueTask<bool> ReadAsync()
    {
        if (_verdict is null)
        {
            _verdict = await StepAsync().ConfigureAwait(false);
            if (_verdict is null || _session.Decoder.Answer.HasDeltas) return true;
        }

        if (_verdict.Exception is { } exception) throw _call.Translate(exception, _watch) ?? exception;
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
            _verdict = await StepAsync().ConfigureAwait(false);
            while (_session.Decoder.Answer.TryTake(out ChatDelta? delta))
            {
                _hasContent |= HasContent(delta);
                _heldBack.Enqueue(delta);
            }
        }

        if (!_hasContent && _verdict?.Exception is { } exception) throw exception;
        _watch.DeltaArrived();
    }

    private async ValueTask<Verdict?> StepAsync()
    {
        try
        {
            return await _session.StepAsync(_watch.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (_call.Translate(exception, _watch) is { } timeout)
        {
            return _session.Interrupt(timeout);
        }
    }

    private static bool HasContent(ChatDelta delta) =>
        delta.Text.Length > 0 || delta.Reasoning is not null || delta.Refusal is not null || delta.ToolCalls.Count > 0
        || delta.OtherContents.Count > 0 || delta.FinishReason is not null || delta.Usage is not null;
}
