using System.Runtime.ExceptionServices;
using Polly;
using Polly.Retry;

namespace LlmStream.Resilience;

/// <summary>The Polly pipeline that starts attempts, and retries until an answer begins.</summary>
/// <remarks>
/// It is created when it is first needed, after a failure. Most programs need none before they have shown an answer, and in a new process
/// it takes about 15 ms to create: Polly checks its options by reflection, for which more assemblies are loaded.
/// </remarks>
internal sealed class RetryPipeline(LlmStreamOptions options)
{
    // Polly refuses longer delays, except those of a delay generator.
    private static readonly TimeSpan PollyMaxDelay = TimeSpan.FromDays(1);

    private static readonly ResiliencePropertyKey<CallContext> CallKey = new("LlmStream.Call");

    // Threads that create it at the same time create equal ones, without a state.
    private ResiliencePipeline? _pipeline;

    /// <summary>Creates the pipeline that the options describe; their own, if they have one.</summary>
    public static ResiliencePipeline Create(LlmStreamOptions options)
    {
        LlmRetryOptions retry = options.Retry;
        if (retry.Pipeline is { } pipeline) return pipeline;
        if (retry.MaxRetries == 0) return ResiliencePipeline.Empty;
        return new ResiliencePipelineBuilder { TimeProvider = options.TimeProvider }
            .AddRetry(new RetryStrategyOptions
            {
                Name = "LlmStream.Retry",
                MaxRetryAttempts = retry.MaxRetries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = retry.BaseDelay,
                MaxDelay = retry.MaxDelay < PollyMaxDelay ? retry.MaxDelay : PollyMaxDelay,
                ShouldHandle = arguments => new(
                    arguments.Outcome.Exception is ChatStreamException failure && MayRetry(failure, retry)
                    // Resumes draw on the same budget, so that Polly's count alone is not enough.
                    && CallOf(arguments.Context) is null or { HasBudget: true }),
                // Null means the exponential delay. A delay that the server asks for is not limited by MaxDelay.
                DelayGenerator = arguments => new((arguments.Outcome.Exception as ChatStreamException)?.RetryAfter),
                OnRetry = arguments =>
                {
                    if (arguments.Outcome.Exception is ChatStreamException failure && CallOf(arguments.Context) is { } call)
                        call.Telemetry.Retrying(call.Options.Provider, failure, call.Attempts + 1, arguments.RetryDelay);
                    return default;
                },
            })
            .Build();
    }

    /// <summary>
    /// Whether a first attempt need not be started in the pipeline, but only the retries: nearly all first attempts succeed, and a
    /// pipeline that only retries does nothing for those. A pipeline of the caller's own may do more.
    /// </summary>
    public static bool IsOnlyForRetries(CallContext call) => call.Options.Retry.Pipeline is null;

    /// <summary>Starts an attempt in the pipeline.</summary>
    /// <param name="call">The call.</param>
    /// <param name="start">Starts an attempt. The token is the pipeline's, and of no effect once the attempt has started.</param>
    public ValueTask<T> ExecuteAsync<T>(CallContext call, Func<CallContext, CancellationToken, ValueTask<T>> start) =>
        ExecuteAsync(call, start, call.Token);

    /// <summary>The same with a token that is cancelled with that of the call, or before.</summary>
    public async ValueTask<T> ExecuteAsync<T>(
        CallContext call, Func<CallContext, CancellationToken, ValueTask<T>> start, CancellationToken cancellationToken)
    {
        if (!IsOnlyForRetries(call)) return await RetryAsync(call, start, failed: null, cancellationToken).ConfigureAwait(false);
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            return await start(call, cancellationToken).ConfigureAwait(false);
        }
        catch (ChatStreamException failure) when (MayRetry(failure, call.Options.Retry))
        {
            return await RetryAsync(call, start, failure, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Starts attempts in the pipeline, beginning with one that has failed already.</summary>
    /// <param name="call">The call.</param>
    /// <param name="start">Starts an attempt.</param>
    /// <param name="failed">How the first attempt failed that was made outside of the pipeline; null if none was.</param>
    /// <param name="cancellationToken">Cancels the pipeline.</param>
    public async ValueTask<T> RetryAsync<T>(
        CallContext call,
        Func<CallContext, CancellationToken, ValueTask<T>> start,
        ChatStreamException? failed,
        CancellationToken cancellationToken)
    {
        ResilienceContext context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(CallKey, call);
        try
        {
            return await (_pipeline ??= Create(options)).ExecuteAsync(
                async context =>
                {
                    if (Interlocked.Exchange(ref failed, null) is { } first) ExceptionDispatchInfo.Throw(first);
                    return await start(call, context.CancellationToken).ConfigureAwait(false);
                },
                context).ConfigureAwait(false);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <summary>Whether a failure is one that is retried, if the budget allows it.</summary>
    public static bool MayRetry(ChatStreamException failure, LlmRetryOptions retry) =>
        failure.IsTransient && retry.Allows(failure.RetryAfter);

    private static CallContext? CallOf(ResilienceContext context) =>
        context.Properties.TryGetValue(CallKey, out CallContext? call) ? call : null;
}
