using LlmStream.AspNetCore.Requests;
using LlmStream.AspNetCore.Serving;

namespace LlmStream.AspNetCore.Wires;

/// <summary>What an encoder knows of the answer besides its deltas. Immutable.</summary>
internal sealed record WireContext
{
    /// <summary>The context of the answer to a request.</summary>
    public static WireContext Of(ChatRelayRequest request, ParsedRequest parsed, TimeProvider time) => new()
    {
        MessageId = request.MessageId ?? NewId.Create(),
        ConversationId = request.ConversationId ?? NewId.Create(),
        RunId = request.RunId ?? NewId.Create(),
        Model = request.Model,
        Created = time.GetUtcNow(),
        IncludeUsage = parsed.IncludeUsage,
    };

    /// <summary>The id of the message that the answer is.</summary>
    public required string MessageId { get; init; }

    /// <summary>The client's id of the conversation.</summary>
    public required string ConversationId { get; init; }

    /// <summary>The id of the run: of this one answer.</summary>
    public required string RunId { get; init; }

    /// <summary>The model that was requested, or null. The provider may name another in the stream.</summary>
    public string? Model { get; init; }

    /// <summary>When the answer began, if the provider does not say.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>
    /// The parts of the message that the answer continues, if the client needs them again: a JSON array of UI message parts; or null.
    /// </summary>
    public byte[]? EarlierParts { get; init; }

    /// <summary>Whether the client asked for usage, on a wire where it has to.</summary>
    public bool IncludeUsage { get; init; }
}
