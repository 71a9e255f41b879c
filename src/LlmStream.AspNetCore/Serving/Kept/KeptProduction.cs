using LlmStream.AspNetCore.Diagnostics;
using LlmStream.Relay;
using LlmStream.Relay.Production;
using LlmStream.Relay.TakeOver;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>Produces the streams of an endpoint in the background, and tells the application how they ended.</summary>
internal sealed class KeptProduction(KeptServices kept, RunReference runs)
{
    /// <summary>Starts to produce a stream. Its service scope lives as long as the production, not as long as a request.</summary>
    public void Start(string owner, ChatStreamLease lease, ChatRelayRequest request, ChatWire form, KeptMetadata metadata)
    {
        var settings = new ProductionSettings
        {
            State = kept.Relay.StoresRequests ? RequestState.Write(request, form) : default,
            DescribeFailure = DescribeFailure,
            Shutdown = kept.Stopping,
            Deadline = kept.Deadline,
        };
        kept.Local.Run(lease.StreamId, RunAsync);

        Task RunAsync() => InScopeAsync(lease.StreamId, async services =>
        {
            ChatProducerResult result = await kept.Relay.ProduceWithAsync(lease, Answer, settings).ConfigureAwait(false);
            await EndAsync(owner, result, request, metadata, services).ConfigureAwait(false);

            IAsyncEnumerable<ChatDelta> Answer(CancellationToken stopped) => kept.Handler(services, request, stopped)
                ?? throw new InvalidOperationException("The handler of the chat relay returned null instead of an answer.");
        });
    }

    /// <summary>Reports a stream of this endpoint that was taken over, and has ended on this node.</summary>
    public async Task TakenOverAsync(ChatStreamStatus stream, TakenOver taken)
    {
        kept.CompleteEndpoint();
        if (KeptMetadata.Read(stream.Metadata) is not { } metadata || metadata.Endpoint != kept.Endpoint) return;
        ChatRelayRequest request = RequestState.Read(taken.Request?.State ?? default, metadata, kept.WireOf(metadata));
        await InScopeAsync(
            stream.StreamId, services => EndAsync(stream.Owner, taken.Result, request, metadata, services)).ConfigureAwait(false);
    }

    /// <summary>Reports a stream that the store has ended, because its producer was gone when it was stopped.</summary>
    public Task StoppedAsync(ChatStreamStatus stream, KeptMetadata metadata) => InScopeAsync(stream.StreamId, async services =>
    {
        var result = new ChatProducerResult
        {
            StreamId = stream.StreamId,
            Ending = ChatProducerEnding.Ended,
            Verdict = ChatStreamVerdict.Canceled,
            Answer = await kept.Relay.CollectAsync(stream.StreamId, CancellationToken.None).ConfigureAwait(false),
        };
        await ReportAsync(result, RequestState.Read(default, metadata, kept.WireOf(metadata)), metadata, services).ConfigureAwait(false);
    });

    /// <summary>Reports, in the background, a stream that the store has ended when the next one of its conversation began.</summary>
    public void ReportSuperseded(string streamId) => kept.Local.Run(streamId, async () =>
    {
        try
        {
            ChatStreamStatus? stream = await kept.Relay.CallAsync(
                (store, token) => store.GetStatusAsync(streamId, token), CancellationToken.None).ConfigureAwait(false);
            if (stream is not null && KeptMetadata.Read(stream.Metadata) is { } metadata)
                await StoppedAsync(stream, metadata).ConfigureAwait(false);
        }
        catch (ChatStreamException exception)
        {
            kept.Logger.EndNotReported(exception, streamId);
        }
    });

    /// <summary>
    /// Ends the work on a stream: it is found by its run for as long as it is kept, and the application learns of its end.
    /// </summary>
    private async Task EndAsync(
        string owner, ChatProducerResult result, ChatRelayRequest request, KeptMetadata metadata, IServiceProvider services)
    {
        if (result.Ending == ChatProducerEnding.Ended && request.RunId is { Length: > 0 } runId)
            await runs.ExtendAsync(owner, runId, result.StreamId).ConfigureAwait(false);
        await ReportAsync(result, request, metadata, services).ConfigureAwait(false);
    }

    private async Task InScopeAsync(string streamId, Func<IServiceProvider, Task> work)
    {
        try
        {
            AsyncServiceScope scope = kept.Scopes.CreateAsyncScope();
            await using (scope.ConfigureAwait(false)) await work(scope.ServiceProvider).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Of the store, or of the disposal of the services. How the stream ended is known already.
            kept.Logger.EndNotReported(exception, streamId);
        }
    }

    /// <summary>Describes an exception of the handler that is no <see cref="ChatStreamException"/>.</summary>
    private string DescribeFailure(Exception exception) => KeptFailure.WriteDetails(
        FailureDescription.IsCancellation(exception)
            ? Wires.WireFailure.Canceled
            : FailureDescription.Of(exception, kept.Options, kept.Logger));

    private async Task ReportAsync(
        ChatProducerResult result, ChatRelayRequest request, KeptMetadata metadata, IServiceProvider services)
    {
        // A stream that this node has not ended is reported by the one that ends it; one that the store has lost, by its producer.
        if (result.Ending is not (ChatProducerEnding.Ended or ChatProducerEnding.Lost)) return;
        Exception? exception = ExceptionOf(result);
        bool isCanceled = result.Verdict == ChatStreamVerdict.Canceled
            || (exception is not null and not ChatStreamException && FailureDescription.IsCancellation(exception));
        ChatRelayOutcome outcome = result.Verdict == ChatStreamVerdict.Complete ? ChatRelayOutcome.Completed
            : isCanceled ? ChatRelayOutcome.Canceled
            : ChatRelayOutcome.Failed;
        bool isStored = await AnswerReport.TryReportAsync(kept.Options, kept.Logger, new ChatRelayResult
        {
            Outcome = outcome,
            Answer = result.Answer,
            Exception = exception,
            Request = request,
            MessageId = metadata.Context.MessageId,
            Services = services,
        }).ConfigureAwait(false);
        bool isForgotten = isStored && outcome == ChatRelayOutcome.Completed && !kept.Options.CanResumeFinished;
        if (isForgotten) await ForgetAsync(result.StreamId).ConfigureAwait(false);
    }

    private static Exception? ExceptionOf(ChatProducerResult result) => result switch
    {
        { Verdict: ChatStreamVerdict.Canceled } => new ChatStreamCanceledException(result.Answer),
        { Exception.InnerException: ChatStreamRelayException { Error: ChatStreamRelayError.ApplicationFailed } application }
            when application.InnerException is { } own => own,
        _ => result.Exception,
    };

    /// <summary>
    /// The conversation has the answer now: a client that resumes would show it twice. Without the call, it shows it as it was.
    /// </summary>
    private async Task ForgetAsync(string streamId)
    {
        try
        {
            await kept.Relay.CallAsync((store, token) => store.ForgetAsync(streamId, token), CancellationToken.None).ConfigureAwait(false);
        }
        catch (ChatStreamException exception)
        {
            kept.Logger.ForgetFailed(exception);
        }
    }
}
