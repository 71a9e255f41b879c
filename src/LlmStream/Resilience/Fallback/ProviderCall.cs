using System.Text.Json.Nodes;
using LlmStream.Dialects;
using LlmStream.Reading;
using LlmStream.Transport;

namespace LlmStream.Resilience.Fallback;

/// <summary>One provider in one call: the request in its format, and its budget of retries and resumes.</summary>
internal sealed class ProviderCall(ProviderTarget target, CallContext call, ChatRequest request, RetryPipeline pipeline)
{
    private JsonObject? _body;

    public ProviderTarget Target => target;

    public LlmProvider Provider => target.Provider;

    public Dialect Dialect => target.Provider.Dialect.Format;

    /// <summary>The context of the call, with the budget of this provider.</summary>
    public CallContext Call => call;

    public ChatRequest Request => request;

    /// <summary>The body of the request. Parsed only after a failure. Not to be changed.</summary>
    public JsonObject Body => _body ??= request.ReadBody();

    /// <summary>Whether the provider is used even if its circuit is open, because no other is left.</summary>
    public bool IgnoresCircuit { get; set; }

    /// <summary>Sends the request, with retries, and waits until the answer begins.</summary>
    /// <param name="start">How attempts are started.</param>
    /// <param name="cancellationToken">Cancels the start. Has no effect on an attempt that was returned.</param>
    public ValueTask<Attempt> StartAsync(AttemptStart start, CancellationToken cancellationToken) =>
        StartAsync(request, start, cancellationToken);

    /// <summary>Sends the request for the rest of an answer, with retries, and waits until the rest begins.</summary>
    public ValueTask<Attempt> ContinueAsync(JsonObject body, bool isPrefill) =>
        StartAsync(request.ForContinuation(body, isPrefill), default, call.Token);

    /// <summary>
    /// Requests the replay of an answer that is kept, with retries. If a form of the request is refused, the next one is tried.
    /// </summary>
    /// <exception cref="ChatStreamException">All forms were refused, or one failed otherwise.</exception>
    public async ValueTask<Attempt> ReplayAsync(PausedAnswer paused)
    {
        ChatStreamException? refused = null;
        int count = Replays().Count;
        for (int i = 0; i < count && (refused is null || call.HasBudget); i++)
        {
            if (!ContinuationStrategy.MayFollow(Replays()[i], refused)) continue;
            try
            {
                int form = i;
                return await ExecuteAsync(
                    (context, token) => Attempt.ReplayAsync(target.Transport, Replays()[form], paused, context, token),
                    call.Token).ConfigureAwait(false);
            }
            catch (ChatStreamException refusal) when (ContinuationStrategy.IsReplayRefused(refusal))
            {
                refused = refusal;
            }
        }

        throw refused!;

        // Anew each time, because an attempt that failed may have handled events.
        IReadOnlyList<ChatRequest> Replays() => request.ForReplay(paused.Cursor?.Point, paused.Decoder.ReplayPoint);
    }

    /// <summary>The same for a second request while the first is in progress.</summary>
    public ProviderCall ForHedge() => request.KeptId is null ? this : new(target, call, request.ForHedge(), pipeline);

    /// <summary>Stops a server that goes on generating without a connection, if it is one.</summary>
    public ValueTask StopAsync() => request.KeptId is null ? default : target.Transport.StopAsync(request);

    /// <summary>Requests the replay of an answer of which only the id is known, from its beginning, with retries.</summary>
    public ValueTask<Attempt> ReplayKeptAsync(string id)
    {
        ChatDecoder decoder = Provider.Dialect.CreateDecoder(target.Options.Read, observer: null);
        decoder.BeginKept(id);
        return ReplayAsync(new PausedAnswer(decoder, cursor: null));
    }

    /// <summary>Counts an answer that broke off.</summary>
    public void Report(ChatStreamException failure) => target.Circuit?.Report(failure);

    private ValueTask<Attempt> StartAsync(ChatRequest sent, AttemptStart start, CancellationToken cancellationToken)
    {
        bool hasCircuit = target.Circuit is not null && !IgnoresCircuit;
        if (hasCircuit || !RetryPipeline.IsOnlyForRetries(call) || cancellationToken.IsCancellationRequested)
            return StartInPipelineAsync(sent, start, cancellationToken);
        ValueTask<Attempt> first = Attempt.StartAsync(target.Transport, sent, call, cancellationToken, start);
        return first.IsCompletedSuccessfully ? first : WaitOrRetryAsync(first, sent, start, cancellationToken);
    }

    private ValueTask<Attempt> StartInPipelineAsync(ChatRequest sent, AttemptStart start, CancellationToken cancellationToken) =>
        ExecuteAsync((context, token) => Attempt.StartAsync(target.Transport, sent, context, token, start), cancellationToken);

    private async ValueTask<Attempt> WaitOrRetryAsync(
        ValueTask<Attempt> first, ChatRequest sent, AttemptStart start, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                return await first.ConfigureAwait(false);
            }
            catch (ChatStreamException failure) when (RetryPipeline.MayRetry(failure, call.Options.Retry))
            {
                return await RetryAsync(failure, sent, start, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            Exception translated = Translate(exception);
            if (ReferenceEquals(translated, exception)) throw;
            throw translated;
        }
    }

    private ValueTask<Attempt> RetryAsync(
        ChatStreamException failed, ChatRequest sent, AttemptStart start, CancellationToken cancellationToken) =>
        pipeline.RetryAsync(
            call, (context, token) => Attempt.StartAsync(target.Transport, sent, context, token, start), failed,
            cancellationToken);

    private async ValueTask<Attempt> ExecuteAsync(
        Func<CallContext, CancellationToken, ValueTask<Attempt>> start, CancellationToken cancellationToken)
    {
        Func<CallContext, CancellationToken, ValueTask<Attempt>> execute = start;
        if (target.Circuit is { } circuit && !IgnoresCircuit)
            execute = (context, token) => circuit.StartAsync(context, start, token);
        try
        {
            return await pipeline.ExecuteAsync(call, execute, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Exception translated = Translate(exception);
            if (ReferenceEquals(translated, exception)) throw;
            throw translated;
        }
    }

    /// <summary>
    /// Translates what the pipeline itself has thrown, such as a cancellation of the delay before a retry. Other exceptions are translated
    /// already.
    /// </summary>
    private Exception Translate(Exception exception) => call.Translate(exception, null) ?? exception;
}
