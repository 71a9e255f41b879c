using LlmStream.AspNetCore.Requests;
using LlmStream.AspNetCore.Wires;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Serving;

/// <summary>
/// What the browser is told of a failure: its kind, in a general sentence. Never the provider's words, which may contain hosts, keys, or
/// prompts, unless the application chooses the text.
/// </summary>
internal static class FailureDescription
{
    public static WireFailure ShuttingDown { get; } = new(
        "shutting_down", "The server is shutting down. Try again in a moment.", StatusCodes.Status503ServiceUnavailable);

    /// <summary>Describes an exception of the handler, or of its deltas.</summary>
    public static WireFailure Of(Exception exception, ChatRelayOptions options)
    {
        WireFailure failure = Describe(exception);
        return options.DescribeError?.Invoke(exception) is { Length: > 0 } text ? failure with { Message = text } : failure;
    }

    private static WireFailure Describe(Exception exception) => exception switch
    {
        ChatStreamException failure => Describe(failure),
        RewriteNotSupportedException => new(
            "rewritten", "The answer was started over, which cannot be shown here. Try again.", StatusCodes.Status502BadGateway),
        InvalidRelayRequestException invalid => new("invalid_request", invalid.Message, invalid.Status),
        BadHttpRequestException invalid => new("invalid_request", invalid.Message, invalid.StatusCode),
        _ => new("internal_error", "The answer could not be generated.", StatusCodes.Status500InternalServerError),
    };

    private static WireFailure Describe(ChatStreamException exception) => exception.Error switch
    {
        ChatStreamError.RateLimited => RateLimited(exception.RetryAfter),
        ChatStreamError.ProviderError when exception.StatusCode is System.Net.HttpStatusCode.TooManyRequests =>
            RateLimited(exception.RetryAfter),
        ChatStreamError.Connection => BadGateway("connection_failed", "The connection to the AI service failed. Try again."),
        ChatStreamError.ConnectTimeout or ChatStreamError.FirstDeltaTimeout or ChatStreamError.IdleTimeout
            or ChatStreamError.StalledTimeout or ChatStreamError.TotalTimeout =>
            new("timeout", "The AI service did not answer in time. Try again.", StatusCodes.Status504GatewayTimeout),
        ChatStreamError.Unauthorized => BadGateway("unauthorized", "The AI service did not accept this server's key."),
        ChatStreamError.InvalidRequest =>
            new("invalid_request", "The AI service did not accept the request.", StatusCodes.Status400BadRequest),
        ChatStreamError.ServerError => BadGateway("server_error", "The AI service is not available. Try again later."),
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
        string when = retryAfter is { } wait && wait > TimeSpan.Zero
            ? $"in {Math.Ceiling(wait.TotalSeconds):0} seconds"
            : "later";
        return new("rate_limited", $"There are too many requests. Try again {when}.", StatusCodes.Status429TooManyRequests)
        {
            RetryAfter = retryAfter,
        };
    }

    private static WireFailure BadGateway(string code, string message) => new(code, message, StatusCodes.Status502BadGateway);
}
