using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Polly;
using Polly.CircuitBreaker;

namespace LlmStream.Resilience.Fallback;

/// <summary>The circuit of a provider, which all clients in the process share. It is open while the provider keeps failing.</summary>
internal sealed class ProviderCircuit
{
    // By clock, because a circuit measures all its times with one; a test's clock is collected together with its circuits.
    private static readonly ConditionalWeakTable<TimeProvider, ConcurrentDictionary<Key, ProviderCircuit>> Circuits = new();

    private readonly ResiliencePipeline _pipeline;
    private readonly string _name;

    private ProviderCircuit(LlmProvider provider, LlmCircuitBreakerOptions options, TimeProvider time)
    {
        _name = provider.Name;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                Name = "LlmStream.CircuitBreaker",
                FailureRatio = options.FailureRatio,
                MinimumThroughput = options.MinimumThroughput,
                SamplingDuration = options.SamplingDuration,
                BreakDuration = options.BreakDuration,
                ShouldHandle = static arguments => new(arguments.Outcome.Exception is ChatStreamException failure && IsFailure(failure)),
            })
            .Build();
    }

    /// <summary>The circuit of a provider; null if the options turn it off.</summary>
    public static ProviderCircuit? Get(LlmProvider provider, LlmStreamOptions options)
    {
        if (!options.CircuitBreaker.IsOn) return null;
        return Circuits.GetOrCreateValue(options.TimeProvider).GetOrAdd(
            new Key(provider.Name, provider.BaseAddress, options.CircuitBreaker),
            static (key, state) => new ProviderCircuit(state.provider, key.Options, state.TimeProvider),
            (provider, options.TimeProvider));
    }

    /// <summary>Whether a failure is that of an open circuit: nothing was sent.</summary>
    public static bool IsOpen(ChatStreamException failure) => failure.InnerException is OpenCircuitException;

    /// <summary>Starts an attempt, and counts its outcome.</summary>
    /// <exception cref="ChatStreamException">The attempt failed; or <see cref="IsOpen"/>.</exception>
    public async ValueTask<Attempt> StartAsync(
        CallContext call, Func<CallContext, CancellationToken, ValueTask<Attempt>> start, CancellationToken cancellationToken)
    {
        try
        {
            return await _pipeline.ExecuteAsync(
                static (state, token) => state.start(state.call, token), (call, start), cancellationToken).ConfigureAwait(false);
        }
        catch (BrokenCircuitException exception)
        {
            throw CreateOpen(exception);
        }
    }

    /// <summary>Counts a stream that broke off after it had begun.</summary>
    public void Report(ChatStreamException failure)
    {
        if (!IsFailure(failure)) return;
        ResilienceContext context = ResilienceContextPool.Shared.Get();
        ValueTask<Outcome<bool>> counted = _pipeline.ExecuteOutcomeAsync(
            static (_, exception) => Outcome.FromExceptionAsValueTask<bool>(exception), context, failure);
        if (counted.IsCompleted) ResilienceContextPool.Shared.Return(context);
        else _ = counted.AsTask();
    }

    /// <summary>Whether it is the provider that fails, for every caller.</summary>
    private static bool IsFailure(ChatStreamException failure) => failure.IsTransient && failure.Error is
        ChatStreamError.Connection or ChatStreamError.ConnectTimeout or ChatStreamError.FirstDeltaTimeout or ChatStreamError.IdleTimeout
        or ChatStreamError.StalledTimeout or ChatStreamError.ServerError or ChatStreamError.Truncated or ChatStreamError.ProviderError;

    private ChatStreamException CreateOpen(BrokenCircuitException exception)
    {
        var last = exception.InnerException as ChatStreamException;
        string message = $"The provider '{_name}' is skipped, because it keeps failing"
            + (last is null ? "." : $". Its last failure: {last.Message}");
        return new ChatStreamException(last?.Error ?? ChatStreamError.ServerError, message, new OpenCircuitException(exception))
        {
            IsTransient = false, // it is not retried here
            StatusCode = last?.StatusCode,
            ProviderCode = last?.ProviderCode,
        };
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Key(string Provider, Uri BaseAddress, LlmCircuitBreakerOptions Options);

    private sealed class OpenCircuitException(Exception cause) : Exception("The circuit is open.", cause);
}
