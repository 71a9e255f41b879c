namespace LlmStream.AspNetCore.Requests;

/// <summary>A request, and what the wire has to know for its answer. Immutable.</summary>
/// <param name="Request">The request.</param>
internal sealed record ParsedRequest(ChatRelayRequest Request)
{
    /// <summary>
    /// Whether the answer is streamed; otherwise it is one object. Null if the body does not say: then it is streamed if the client accepts
    /// an event stream.
    /// </summary>
    public bool? IsStreaming { get; init; } = true;

    /// <summary>Whether the client asked for usage, on a wire where it has to.</summary>
    public bool IncludeUsage { get; init; }
}
