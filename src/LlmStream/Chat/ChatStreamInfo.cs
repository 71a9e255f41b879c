using LlmStream.Chat;

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
    public DateTimeOffset? CreatedAt { get; init; }

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

    /// <summary>
    /// The attempts of the call, which go on while it runs: when it has ended, what each cost is known. Null if the client did not request
    /// the stream.
    /// </summary>
    internal AttemptLog? Log { get; init; }

    /// <summary>
    /// Whether the provider says that it stores the answer, so that a conversation can go on from it; null if it does not say.
    /// </summary>
    internal bool? IsStored { get; init; }

    /// <summary>Whether both state the same.</summary>
    /// <param name="other">The other.</param>
    /// <returns>True if all public properties are equal.</returns>
    public bool Equals(ChatStreamInfo? other) =>
        other is not null && Id == other.Id && Model == other.Model && CreatedAt == other.CreatedAt && Attempt == other.Attempt
        && RequestId == other.RequestId && Provider == other.Provider;

    /// <summary>A hash code of the public properties.</summary>
    /// <returns>The hash code.</returns>
    public override int GetHashCode() => HashCode.Combine(Id, Model, CreatedAt, Attempt, RequestId, Provider);
}
