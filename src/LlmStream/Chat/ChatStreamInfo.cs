namespace LlmStream;

/// <summary>What is known of a streamed response as a whole. Immutable; shared by the deltas of one response.</summary>
public sealed record ChatStreamInfo
{
    internal static ChatStreamInfo Unknown { get; } = new();

    /// <summary>The provider's id of the response (such as <c>chatcmpl-…</c>), or <see langword="null"/>.</summary>
    public string? Id { get; init; }

    /// <summary>The model that answered, as the provider names it in the stream, or <see langword="null"/>.</summary>
    public string? Model { get; init; }

    /// <summary>When the response was created, according to the provider, or <see langword="null"/>.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>
    /// The number of the attempt that this response belongs to, from 1; 0 for a stream that was not requested by the client.
    /// </summary>
    public int Attempt { get; init; }

    /// <summary>
    /// The provider's id of the request, for support cases, from the stream or from a response header, or <see langword="null"/>.
    /// </summary>
    public string? RequestId { get; init; }

    /// <summary>
    /// The name of the provider that the client sent the request to (<see cref="LlmProvider.Name"/>), which changes after a fallback;
    /// <see langword="null"/> for a stream that was not requested by the client.
    /// </summary>
    public string? Provider { get; init; }

    /// <summary>
    /// The attempts of the answer so far, by number, this one included. Of some of them nothing was delivered, so that no other delta
    /// tells of them. Empty if the client did not request the stream.
    /// </summary>
    internal IReadOnlyList<ChatAttempt> Attempts { get; init; } = [];
}
