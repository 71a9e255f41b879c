using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Wires;

/// <summary>A failure, as the browser is told.</summary>
/// <param name="Code">What kind of failure, such as <c>rate_limited</c>.</param>
/// <param name="Message">A sentence for the person in front of the browser.</param>
/// <param name="Status">The HTTP status, if the answer has not begun.</param>
internal sealed record WireFailure(string Code, string Message, int Status)
{
    /// <summary>
    /// The answer was canceled, on a wire that has no other form for it. The status is nginx's for a client that left, which SDKs do not
    /// retry.
    /// </summary>
    public static WireFailure Canceled { get; } =
        new("cancelled", "The answer was cancelled.", StatusCodes.Status499ClientClosedRequest);

    /// <summary>Which part of the request is not valid, such as <c>messages[0].content</c>, if known.</summary>
    public string? Parameter { get; init; }

    /// <summary>How long to wait before the next request, if known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
