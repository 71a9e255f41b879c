namespace LlmStream;

/// <summary>What is known of a streamed response as a whole. Immutable; shared by the deltas of one response.</summary>
public sealed record ChatStreamInfo
{
    internal static ChatStreamInfo Unknown { get; } = new();

    /// <summary>The provider's id of the answer (such as <c>chatcmpl-…</c>), or <see langword="null"/>.</summary>
    public string? Id { get; init; }

    /// <summary>The model that answered, by the name that the provider gave in the stream, or <see langword="null"/>.</summary>
    public string? Model { get; init; }

    /// <summary>When the provider says that the answer was begun, or <see langword="null"/>.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Which sending of the request this response answers, from 1; 0 for a stream that one already held.</summary>
    public int Attempt { get; init; }

    /// <summary>The provider's id of the request, for its support, from the stream or from a response header, or <see langword="null"/>.</summary>
    public string? RequestId { get; init; }
}
