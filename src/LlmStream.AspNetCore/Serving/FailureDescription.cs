using System.Net;
using LlmStream.AspNetCore.Diagnostics;
using LlmStream.AspNetCore.Requests;
using LlmStream.AspNetCore.Serving.Kept;
using LlmStream.AspNetCore.Wires;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LlmStream.AspNetCore.Serving;

/// <summary>
/// What the browser is told of a failure: its kind, in a general sentence. Never the provider's words, which may contain hosts, keys, or
/// prompts, unless the application chooses the text.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>failure</term><description>code, and the HTTP status if the answer has not begun</description></listheader>
/// <item><term><see cref="ChatStreamError.RateLimited"/>, or another error with status 429</term><description>
/// <c>rate_limited</c>, 429, with the provider's <c>Retry-After</c>
/// </description></item>
/// <item><term>the quota is used up: status 402, or <see cref="ChatStreamError.RateLimited"/> that is not transient</term><description>
/// <c>quota_exhausted</c>, 502
/// </description></item>
/// <item><term><see cref="ChatStreamError.Connection"/></term><description><c>connection_failed</c>, 502</description></item>
/// <item><term>the timeouts (<see cref="ChatStreamError.ConnectTimeout"/> to <see cref="ChatStreamError.TotalTimeout"/>), and an
/// <see cref="TimeoutException"/>, also as the cause of a cancellation, which is how <see cref="HttpClient"/> reports one
/// </term><description><c>timeout</c>, 504</description></item>
/// <item><term><see cref="ChatStreamError.Unauthorized"/></term><description><c>unauthorized</c>, 502: the server's key, not the
/// user's</description></item>
/// <item><term><see cref="ChatStreamError.InvalidRequest"/></term><description><c>invalid_request</c>, 400; but a redirect, 404 or 405,
/// which mean a wrong address or model of the server, is <c>not_configured</c>, 502</description></item>
/// <item><term><see cref="ChatStreamError.ServerError"/></term><description><c>server_error</c>, 502</description></item>
/// <item><term><see cref="ChatStreamError.Truncated"/></term><description><c>truncated</c>, 502</description></item>
/// <item><term><see cref="ChatStreamError.ProviderError"/></term><description><c>provider_error</c>, 502</description></item>
/// <item><term><see cref="ChatStreamError.MalformedEvent"/>, <see cref="ChatStreamError.NotAStream"/></term><description>
/// <c>invalid_response</c>, 502
/// </description></item>
/// <item><term><see cref="ChatStreamError.TooLarge"/></term><description><c>too_large</c>, 502</description></item>
/// <item><term><see cref="ChatStreamError.RepeatedItself"/></term><description><c>repeated_itself</c>, 502</description></item>
/// <item><term><see cref="ChatStreamError.InvalidJson"/></term><description><c>invalid_json</c>, 502</description></item>
/// <item><term>the server shuts down, <see cref="ChatStreamError.ClientDisposed"/></term><description>
/// <c>shutting_down</c>, 503
/// </description></item>
/// <item><term>a rewrite that the wire cannot express</term><description><c>rewritten</c>, 502</description></item>
/// <item><term><see cref="HttpRequestException"/></term><description>by its status like the errors above; without one
/// <c>connection_failed</c>, 502</description></item>
/// <item><term><see cref="BadHttpRequestException"/></term><description><c>invalid_request</c>, with its status; its message is shown,
/// because ASP.NET Core and applications write it for the client</description></item>
/// <item><term>the store of kept streams is unavailable, or full</term><description><c>store_unavailable</c>, 503</description></item>
/// <item><term>a kept stream is gone, or has no such position</term><description><c>gone</c>, 410</description></item>
/// <item><term>any other exception</term><description><c>internal_error</c>, 500</description></item>
/// </list>
/// </remarks>
internal static class FailureDescription
{
    public static WireFailure ShuttingDown { get; } = new(
        "shutting_down", "The server is shutting down. Try again in a moment.", StatusCodes.Status503ServiceUnavailable);

    private static WireFailure Timeout { get; } = new(
        "timeout", "The AI service did not answer in time. Try again.", StatusCodes.Status504GatewayTimeout);

    /// <summary>
    /// Whether an exception means that the answer was canceled. <see cref="HttpClient"/> reports also its timeout as a cancellation; that
    /// one is a failure.
    /// </summary>
    public static bool IsCancellation(Exception exception) => exception is OperationCanceledException && !IsTimeout(exception);

    /// <summary>Describes an exception of the handler, or of its deltas, as the application wants it described.</summary>
    public static WireFailure Of(Exception exception, ChatRelayOptions options, ILogger logger)
    {
        // What the application said of its own failure was stored with the stream.
        if (KeptFailure.ReadDetails(exception) is { } described) return described;
        WireFailure failure = Of(exception);
        try
        {
            if (options.DescribeError?.Invoke(exception) is { Length: > 0 } text) failure = failure with { Message = text };
        }
        catch (Exception descriptionFailure)
        {
            logger.DescribeErrorFailed(descriptionFailure);
        }

        return failure;
    }

    /// <summary>Describes an exception of the handler, or of its deltas.</summary>
    public static WireFailure Of(Exception exception) => exception switch
    {
        ChatStreamException failure when KeptFailure.Describe(failure) is { } ofStore => ofStore,
        ChatStreamException failure => Describe(failure),
        RewriteNotSupportedException => new(
            "rewritten", "The answer was started over, which cannot be shown here. Try again.", StatusCodes.Status502BadGateway),
        InvalidRelayRequestException invalid => InvalidRequest(invalid.Message, invalid.Status),
        BadHttpRequestException invalid => InvalidRequest(invalid.Message, invalid.StatusCode),
        HttpRequestException failure => Describe(failure),
        _ when IsTimeout(exception) => Timeout,
        _ => new("internal_error", "The answer could not be generated.", StatusCodes.Status500InternalServerError),
    };

    private static bool IsTimeout(Exception exception)
    {
        for (Exception? cause = exception; cause is TimeoutException or OperationCanceledException; cause = cause.InnerException)
        {
            if (cause is TimeoutException) return true;
        }

        return false;
    }

    private static WireFailure Describe(ChatStreamException exception) => exception.Error switch
    {
        ChatStreamError.RateLimited when !exception.IsTransient && exception.StatusCode is HttpStatusCode.TooManyRequests =>
            QuotaExhausted(),
        ChatStreamError.RateLimited => RateLimited(exception.RetryAfter),
        ChatStreamError.ProviderError when exception.StatusCode is HttpStatusCode.TooManyRequests => RateLimited(exception.RetryAfter),
        ChatStreamError.Connection => NotConnected(),
        ChatStreamError.ConnectTimeout or ChatStreamError.FirstDeltaTimeout or ChatStreamError.IdleTimeout
            or ChatStreamError.StalledTimeout or ChatStreamError.TotalTimeout =>
            Timeout,
        ChatStreamError.Unauthorized => Unauthorized(),
        ChatStreamError.InvalidRequest => NotAccepted(exception.StatusCode),
        ChatStreamError.ServerError => NotAvailable(),
        ChatStreamError.Truncated => BadGateway("truncated", "The answer was cut off. Try again."),
        ChatStreamError.MalformedEvent or ChatStreamError.NotAStream =>
            BadGateway("invalid_response", "The AI service sent something that is not an answer."),
        ChatStreamError.TooLarge => BadGateway("too_large", "The answer is too large."),
        ChatStreamError.RepeatedItself => BadGateway("repeated_itself", "The answer was stopped, because it repeated itself endlessly."),
        ChatStreamError.InvalidJson => BadGateway("invalid_json", "The answer is not valid JSON."),
        ChatStreamError.ClientDisposed => ShuttingDown,
        _ => BadGateway("provider_error", "The AI service reported an error."),
    };

    private static WireFailure RateLimited(TimeSpan? retryAfter)
    {
        string when = retryAfter switch
        {
            { } wait when wait > TimeSpan.FromMinutes(2) => $"in {Math.Ceiling(wait.TotalMinutes):0} minutes",
            { } wait when wait > TimeSpan.FromSeconds(1) => $"in {Math.Ceiling(wait.TotalSeconds):0} seconds",
            { } wait when wait > TimeSpan.Zero => "in a second",
            _ => "later",
        };
        return new("rate_limited", $"There are too many requests. Try again {when}.", StatusCodes.Status429TooManyRequests)
        {
            RetryAfter = retryAfter,
        };
    }

    private static WireFailure Describe(HttpRequestException exception) => exception.StatusCode switch
    {
        null => NotConnected(),
        HttpStatusCode.TooManyRequests => RateLimited(retryAfter: null),
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Unauthorized(),
        HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => NotAvailable(),
        { } status => NotAccepted(status),
    };

    private static WireFailure NotConnected() =>
        BadGateway("connection_failed", "The connection to the AI service failed. Try again.");

    private static WireFailure Unauthorized() => BadGateway("unauthorized", "The AI service did not accept this server's key.");

    /// <summary>Of a request that the provider refused: only some statuses are the fault of what the browser sent.</summary>
    private static WireFailure NotAccepted(HttpStatusCode? status) => status switch
    {
        HttpStatusCode.PaymentRequired => QuotaExhausted(),
        HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed or (>= HttpStatusCode.Ambiguous and < HttpStatusCode.BadRequest) =>
            BadGateway("not_configured", "The AI service is not set up correctly on this server."),
        _ => InvalidRequest("The AI service did not accept the request."),
    };

    private static WireFailure QuotaExhausted() => BadGateway("quota_exhausted", "The quota of the AI service is used up.");

    private static WireFailure NotAvailable() => BadGateway("server_error", "The AI service is not available. Try again later.");

    private static WireFailure InvalidRequest(string message, int status = StatusCodes.Status400BadRequest) =>
        new("invalid_request", message, status);

    private static WireFailure BadGateway(string code, string message) => new(code, message, StatusCodes.Status502BadGateway);
}
