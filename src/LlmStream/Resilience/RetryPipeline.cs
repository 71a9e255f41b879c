using LlmStream.Transport;
using Polly;
using Polly.Retry;

namespace LlmStream.Resilience;

/// <summary>The Polly pipeline through which an attempt is started, again and again until its answer begins.</summary>
internal static class RetryPipeline
{
    private static readonly ResiliencePropertyKey<CallContext> CallKey = new("LlmStream.Call");

    public static ResiliencePipeline Create(LlmStreamOptions options)
    {
        RetryOptions retry = options.Retry;
        if (retry.Pipeline is { } own) return own;
        if (retry.MaxRetries == 0) return ResiliencePipeline.Empty;
        return new ResiliencePipelineBuilder { TimeProvider = options.TimeProvider }
            .AddRetry(new RetryStrategyOptions
            {
                Name = "LlmStream.Retry",
                MaxRetryAttempts = retry.MaxRetries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = retry.BaseDelay,
                MaxDelay = retry.MaxDelay,
                ShouldHandle = arguments => new(
                    arguments.Outcome.Exception is ChatStreamException failure && MayRetry(failure, retry)
                    && (!arguments.Context.Properties.TryGetValue(CallKey, out CallContext? call) || call.HasBudget)),
                // Null: the exponential delay. What the server asks for is waited for, even past MaxDelay.
                DelayGenerator = arguments => new((arguments.Outcome.Exception as ChatStreamException)?.RetryAfter),
                OnRetry = arguments =>
                {
                    if (arguments.Outcome.Exception is ChatStreamException failure && arguments.Context.Properties.TryGetValue(CallKey, out CallContext? call))
                        call.Telemetry.Retrying(failure, call.Attempts + 1, arguments.RetryDelay);
                    return default;
                },
            })
            .Build();
    }

    /// <summary>Runs an attempt through the pipeline. The token that the attempt gets is the pipeline's, and holds only until it began.</summary>
    public static async ValueTask<T> ExecuteAsync<T>(ResiliencePipeline pipeline, CallContext call, Func<CallContext, CancellationToken, ValueTask<T>> attempt)
    {
        ResilienceContext context = ResilienceContextPool.Shared.Get(call.Token);
        context.Properties.Set(CallKey, call);
        try
        {
            return await pipeline.ExecuteAsync(
                static async (context, state) => await state.attempt(state.call, context.CancellationToken).ConfigureAwait(false), context, (call, attempt)).ConfigureAwait(false);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static bool MayRetry(ChatStreamException failure, RetryOptions retry) =>
        failure.IsTransient && (failure.RetryAfter is not { } wait || wait <= retry.MaxRetryAfter);
}
