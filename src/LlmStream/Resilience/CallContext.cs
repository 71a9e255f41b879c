using System.Diagnostics;
using LlmStream.Answers.Templates;
using LlmStream.Chat;
using LlmStream.Diagnostics;
using LlmStream.Framing;
using LlmStream.Transport;
using Polly;
using Polly.Timeout;

namespace LlmStream.Resilience;

/// <summary>
/// What all attempts of one call share (the total time budget, the attempts, telemetry), and what those at one provider share: the options,
/// the budget of retries and resumes, and the key to redact.
/// </summary>
internal sealed class CallContext : IDisposable
{
    // Cancelled with both tokens, and when the total budget is used up. Null if one token alone can cancel the call.
    private readonly CancellationTokenSource? _cancellation;
    private readonly CancellationToken _callerToken;
    private readonly CancellationToken _disposedToken;
    private readonly TotalBudget? _totalBudget;
    private readonly ApiKey _key;
    private readonly bool _isOwner; // of what all providers share
    private TokenCounter? _tokens;
    private int _attempts; // at this provider
    private int _resends;

    /// <summary>Creates a call.</summary>
    /// <param name="options">The options of the client.</param>
    /// <param name="key">The key of the client.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <param name="disposedToken">Cancelled when the client is disposed of.</param>
    /// <param name="description">What is requested, for telemetry; null for an answer of which nothing else is known.</param>
    /// <param name="earlierAttempts">The number of attempts of earlier calls, whose answer this call continues.</param>
    public CallContext(
        LlmStreamOptions options,
        ApiKey key,
        CancellationToken cancellationToken,
        CancellationToken disposedToken = default,
        CallDescription? description = null,
        int earlierAttempts = 0)
    {
        Options = options;
        _key = key;
        _callerToken = cancellationToken;
        _disposedToken = disposedToken;
        if (options.Timeouts.Total != Timeout.InfiniteTimeSpan || (cancellationToken.CanBeCanceled && disposedToken.CanBeCanceled))
        {
            _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, disposedToken);
            _totalBudget = TotalBudget.Start(options.TimeProvider, options.Timeouts.Total, _cancellation);
        }

        Token = _cancellation?.Token ?? (cancellationToken.CanBeCanceled ? cancellationToken : disposedToken);
        EarlierAttempts = earlierAttempts;
        Log = new AttemptLog();
        Telemetry = new CallTelemetry(options, description ?? CallDescription.Chat, Log, earlierAttempts);
        _isOwner = true;
    }

    /// <summary>Creates the context for another provider in the same call, with a budget to itself.</summary>
    private CallContext(CallContext call, LlmStreamOptions options, ApiKey key)
    {
        Options = options;
        _key = key;
        _callerToken = call._callerToken;
        _disposedToken = call._disposedToken;
        _cancellation = call._cancellation;
        Token = call.Token;
        Telemetry = call.Telemetry;
        Log = call.Log;
        _tokens = call._tokens;
        AnnouncesStart = call.AnnouncesStart;
        EarlierAttempts = call.EarlierAttempts;
    }

    public LlmStreamOptions Options { get; }

    /// <summary>Cancelled with the caller's token, or when the total time budget is used up.</summary>
    public CancellationToken Token { get; }

    public CallTelemetry Telemetry { get; }

    /// <summary>The attempts of the answer, at all providers.</summary>
    public AttemptLog Log { get; }

    /// <summary>What the streams of this provider have learned about its events; null if nothing is to be learned.</summary>
    public SharedTemplates? Templates { get; init; }

    /// <summary>Estimates what a provider did not report.</summary>
    public TokenCounter Tokens => _tokens ??= new TokenCounter(Options.CountTokens);

    /// <summary>The number of attempts of earlier calls, whose answer this call continues.</summary>
    public int EarlierAttempts { get; }

    /// <summary>
    /// Whether an empty delta is returned as soon as the id of an answer is known that the provider keeps, because the answer can be
    /// requested by it.
    /// </summary>
    public bool AnnouncesStart { get; init; }

    /// <summary>The number of attempts of this call so far, at all providers.</summary>
    public int Attempts => Log.Count;

    /// <summary>The number of resumes at this provider so far.</summary>
    public int Resumes { get; private set; }

    /// <summary>The number of times that handlers of the <see cref="HttpClient"/> sent a request of an attempt again.</summary>
    public int Resends => Volatile.Read(ref _resends);

    /// <summary>
    /// Whether another attempt at this provider is allowed. Retries and resumes draw on one budget, and so do the retries of handlers of
    /// the <see cref="HttpClient"/>, so that they do not multiply.
    /// </summary>
    public bool HasBudget => (long)Volatile.Read(ref _attempts) + Resends <= Options.Retry.MaxRetries;

    /// <summary>Whether another resume is allowed.</summary>
    public bool MayResume => HasBudget && Resumes < Options.Resume.MaxResumes;

    /// <summary>Removes the key, and other credentials of the requests, from a text.</summary>
    public string? Redact(string? text) => _key.Redact(text);

    /// <summary>Counts and reports a resume.</summary>
    /// <param name="failure">Why the stream broke off.</param>
    /// <param name="characters">The length of the partial answer.</param>
    public void BeginResume(ChatStreamException failure, int characters)
    {
        Debug.Assert(MayResume, "A resume beyond the budget is refused.");
        Resumes++;
        Telemetry.Resuming(failure, Attempts + 1, characters);
    }

    /// <summary>The context for another provider in this call. It is not to be disposed of.</summary>
    public CallContext For(LlmStreamOptions options, ApiKey key, SharedTemplates? templates = null) =>
        new(this, options, key) { Templates = templates };

    /// <summary>Counts and reports an attempt.</summary>
    /// <param name="model">The model that the request names, or null.</param>
    /// <param name="isHedge">Whether another attempt is in progress.</param>
    public ChatAttempt BeginAttempt(string? model, bool isHedge = false)
    {
        Interlocked.Increment(ref _attempts); // hedged attempts run at the same time
        ChatAttempt attempt = Log.Begin(EarlierAttempts, Options.Provider.Name, model, isHedge);
        Telemetry.SendingRequest(Options.Provider, attempt, Attempts);
        return attempt;
    }

    /// <summary>Ends an attempt, and reports it. Has no effect if it has ended.</summary>
    public void EndAttempt(ChatAttempt attempt)
    {
        Log.End(attempt);
        Telemetry.AttemptEnded(attempt);
    }

    /// <summary>Estimates the input tokens of a request.</summary>
    public ChatTokenCount CountInput(ChatRequest request) => Tokens.CountInput(Options.Provider.Dialect.Format, request);

    /// <summary>Counts what handlers of the <see cref="HttpClient"/> sent again.</summary>
    public void AddResends(int count) => Interlocked.Add(ref _resends, count);

    /// <summary>Translates an exception into the one that the caller gets.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="watch">The watch of the attempt that was running, or null.</param>
    /// <returns>The exception to throw instead; null if the original one is to be thrown.</returns>
    /// <remarks>
    /// If the caller has cancelled, the result is a cancellation with the caller's token, whatever exception reported it.
    /// </remarks>
    public Exception? Translate(Exception exception, ReadWatch? watch)
    {
        if (_callerToken.IsCancellationRequested)
        {
            return exception is OperationCanceledException canceled && canceled.CancellationToken == _callerToken
                ? null
                : new OperationCanceledException(null, exception, _callerToken);
        }

        // The connections of a client that is disposed of fail in many ways.
        if (_disposedToken.IsCancellationRequested) return Disposed("The client was disposed of while the answer was streamed.", exception);

        return exception switch
        {
            ObjectDisposedException => Disposed("The HttpClient was disposed of while the answer was streamed.", exception),
            ChatStreamException failure =>
                failure.ForCall(Attempts, RedactedCause.Of(failure.InnerException, _key.Redact), _key.Redact),
            OperationCanceledException => TranslateTimeout(exception, watch),
            TimeoutRejectedException => Rejected(ChatStreamError.FirstDeltaTimeout, exception, isByHandler: watch is not null),
            ExecutionRejectedException => Rejected(ChatStreamError.Connection, exception, isByHandler: watch is not null),
            _ => null,
        };
    }

    public void Dispose()
    {
        if (!_isOwner) return;
        Telemetry.Dispose();
        _totalBudget?.Dispose();
        _cancellation?.Dispose();
    }

    /// <summary>
    /// Translates a cancellation that is not the caller's, so that a time budget caused it; or something outside the library, then null.
    /// </summary>
    private ChatStreamException? TranslateTimeout(Exception cause, ReadWatch? watch)
    {
        LlmTimeoutOptions budgets = Options.Timeouts;
        if (_cancellation is { IsCancellationRequested: true })
        {
            string message = $"The call did not end within {Seconds(budgets.Total)} (LlmTimeoutOptions.Total).";
            return Failure(ChatStreamError.TotalTimeout, message, isTransient: false, cause);
        }

        return watch?.Expired switch
        {
            ExpiredBudget.FirstDelta => Failure(
                ChatStreamError.FirstDeltaTimeout,
                $"No part of the answer arrived within {Seconds(budgets.FirstDelta)} (LlmTimeoutOptions.FirstDelta).",
                isTransient: true,
                cause),
            ExpiredBudget.IdleBytes => Failure(
                ChatStreamError.IdleTimeout,
                $"No bytes arrived for {Seconds(budgets.IdleBytes)} (LlmTimeoutOptions.IdleBytes).",
                isTransient: true,
                cause),
            ExpiredBudget.IdleDeltas => Failure(
                ChatStreamError.StalledTimeout,
                $"No part of the answer arrived for {Seconds(budgets.IdleDeltas)}, only keep-alive data (LlmTimeoutOptions.IdleDeltas).",
                isTransient: true,
                cause),
            _ => null,
        };
    }

    private ChatStreamException Disposed(string message, Exception cause) =>
        new(ChatStreamError.ClientDisposed, message, cause)
        {
            AttemptCount = Attempts,
            Partial = (cause as ChatStreamException)?.Partial ?? ChatStreamResult.Empty,
        };

    private ChatStreamException Failure(ChatStreamError error, string message, bool isTransient, Exception cause) =>
        new(error, message, cause) { IsTransient = isTransient, AttemptCount = Attempts };

    /// <summary>
    /// Describes a rejection by Polly that is not part of this library: by a handler of the <see cref="HttpClient"/>, which ended the
    /// request of an attempt, or by the caller's own <see cref="LlmRetryOptions.Pipeline"/>, around the attempts.
    /// </summary>
    private ChatStreamException Rejected(ChatStreamError error, Exception cause, bool isByHandler)
    {
        string message = isByHandler
            ? $"A resilience handler of the HttpClient ended the request with {cause.GetType().Name}: {cause.Message} "
                + (Resends == 0 ? "" : $"Requests were sent again by such a handler: {Resends}. ")
                + "Remove the handler, or set its limits higher; the client has its own retries and timeouts."
            : $"The resilience pipeline rejected the request: {cause.Message}";
        // A handler that has sent the request again has done what a retry would do.
        return Failure(error, message, isTransient: !isByHandler || Resends == 0, cause);
    }

    private static string Seconds(TimeSpan time) => FormattableString.Invariant($"{time.TotalSeconds:0.###} seconds");
}
