namespace LlmStream.AspNetCore.Wires;

/// <summary>A failure, as the browser is told.</summary>
/// <param name="Code">What kind of failure, such as <c>rate_limited</c>.</param>
/// <param name="Message">A sentence for the person in front of the browser.</param>
/// <param name="Status">The HTTP status, if the answer has not begun.</param>
internal sealed record WireFailure(string Code, string Message, int Status)
{
    /// <summary>Which part of the request is not valid, such as <c>messages[0].content</c>, if known.</summary>
    public string? Parameter { get; init; }

    /// <summary>How long to wait before the next request, if known.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
