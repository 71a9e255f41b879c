using LlmStream.Diagnostics;
using LlmStream.Framing;
using LlmStream.Transport;
using Polly;
using Polly.Timeout;

namespace LlmStream.Resilience;

/// <summary>What holds for one call of the user's, across all its attempts: the time left, the count, the key to be kept secret.</summary>
internal sealed class CallContext : IDisposable
{
    private readonly CancellationTokenSource _over; // cancelled when the total budget is used up, or with the caller's token
    private readonly CancellationToken _caller;
    private readonly CancellationTokenRegistration _callerRegistration;
    private readonly ApiKey _key;

    public CallContext(LlmStreamOptions options, ApiKey key, CancellationToken cancellationToken)
    {
        Options = options;
        _key = key;
        _caller = cancellationToken;
        _over = new CancellationTokenSource(options.Timeouts.Total, options.TimeProvider);
        Token = _over.Token;
        _callerRegistration = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _over);
        Telemetry = new CallTelemetry(options);
    }

    public LlmStreamOptions Options { get; }

    /// <summary>Cancelled by the caller, or when the total budget is used up.</summary>
    public CancellationToken Token { get; }

    public CallTelemetry Telemetry { get; }

    /// <summary>How many times the request has been sent.</summary>
    public int Attempts { get; private set; }

    /// <summary>How many times an answer that broke off has been taken up again.</summary>
    public int Resumes { get; private set; }

    /// <summary>Whether the request may be sent once more. Retries and resumes draw on one budget.</summary>
    public bool HasBudget => Attempts <= Options.Retry.MaxRetries;

    /// <summary>Whether an answer that breaks off may be taken up again.</summary>
    public bool MayResume => HasBudget && Resumes < Options.Resume.MaxResumes;

    public void BeginResume(ChatStreamException failure, int characters)
    {
        Resumes++;
        Telemetry.Resuming(failure, Attempts + 1, characters);
    }

    public void BeginAttempt(string? model)
    {
        Attempts++;
        Telemetry.SendingRequest(model, Attempts);
    }

    /// <summary>Says what an exception means to the caller; null where it is to be thrown as it is.</summary>
    /// <remarks>The caller's own cancellation always is what it is, however the library noticed it.</remarks>
    public Exception? Translate(Exception exception, ReadWatch? watch)
    {
        if (_caller.IsCancellationRequested)
            return exception is OperationCanceledException canceled && canceled.CancellationToken == _caller ? null : new OperationCanceledException(null, exception, _caller);

        if (exception is OperationCanceledException)
        {
            TimeBudgets budgets = Options.Timeouts;
            // The caller has not cancelled: so it was the time, if it was cancelled at all.
            return (_over.IsCancellationRequested, watch?.Expired) switch
            {
                (true, _) => Timeout(ChatStreamError.TotalTimeout, budgets.Total, "The whole took longer than", false, exception),
                (_, ExpiredBudget.FirstDelta) => Timeout(ChatStreamError.FirstDeltaTimeout, budgets.FirstDelta, "Nothing of the answer came within", true, exception),
                (_, ExpiredBudget.IdleBytes) => Timeout(ChatStreamError.IdleTimeout, budgets.IdleBytes, "The connection was silent for", true, exception),
                (_, ExpiredBudget.IdleDeltas) => Timeout(ChatStreamError.StalledTimeout, budgets.IdleDeltas, "The connection was kept alive, but nothing of the answer came for", true, exception),
                _ => null,
            };
        }

        return exception switch
        {
            ChatStreamException failure => failure.ForCall(Attempts, _key),
            // From a pipeline of the user's own.
            TimeoutRejectedException => Failure(ChatStreamError.FirstDeltaTimeout, exception.Message, isTransient: true, exception),
            ExecutionRejectedException => Failure(ChatStreamError.Connection, $"The request was not sent: {exception.Message}", isTransient: true, exception),
            _ => null,
        };
    }

    public void Dispose()
    {
        Telemetry.Dispose();
        _callerRegistration.Dispose();
        _over.Dispose();
    }

    private ChatStreamException Timeout(ChatStreamError error, TimeSpan budget, string what, bool isTransient, Exception cause) =>
        Failure(error, FormattableString.Invariant($"{what} {budget.TotalSeconds:0.###} seconds."), isTransient, cause);

    private ChatStreamException Failure(ChatStreamError error, string message, bool isTransient, Exception cause) =>
        new(error, message, cause) { IsTransient = isTransient, AttemptCount = Attempts };
}
