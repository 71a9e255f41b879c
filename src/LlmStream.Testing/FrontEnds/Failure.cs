namespace LlmStream.Testing.FrontEnds;

/// <summary>A failure, as a relay tells it.</summary>
/// <param name="Status">The HTTP status, if the answer has not begun.</param>
/// <param name="Code">The code.</param>
/// <param name="Message">What the user is told.</param>
internal sealed record Failure(int Status, string Code, string Message)
{
    /// <summary>A failure after the answer began.</summary>
    public static Failure Truncated { get; } = new(502, "truncated", "The answer was cut off. Try again.");

    /// <summary>A failure after headers that were sent early.</summary>
    public static Failure Timeout { get; } = new(504, "timeout", "The AI service did not answer in time. Try again.");

    /// <summary>A cancellation, on wires that report it as an error.</summary>
    public static Failure Canceled { get; } = new(499, "cancelled", "The answer was cancelled.");

    /// <summary>The failures before the answer begins.</summary>
    public static IReadOnlyList<Failure> BeforeStart { get; } =
    [
        new(400, "invalid_request", "The AI service did not accept the request."),
        new(401, "signed_out", "You are not signed in."),
        new(403, "forbidden", "You are not allowed to use this chat."),
        new(413, "too_large", "The request is too large."),
        new(429, "rate_limited", "There are too many requests. Try again in a second."),
        new(500, "internal_error", "The answer could not be generated."),
        new(502, "unauthorized", "The AI service did not accept this server's key."),
        new(503, "shutting_down", "The server is shutting down. Try again in a moment."),
        new(504, "timeout", "The AI service did not answer in time. Try again."),
    ];
}
