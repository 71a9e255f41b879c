namespace LlmStream.AspNetCore;

/// <summary>The ids that the browser is told, where a wire has them. Those that are not set are made up. Immutable.</summary>
public sealed record ChatRelayIds
{
    /// <summary>The id of the message. Default: a new one.</summary>
    public string? MessageId { get; init; }

    /// <summary>The client's id of the conversation: AG-UI's thread id. Default: a new one.</summary>
    public string? ConversationId { get; init; }

    /// <summary>The client's id of the run: AG-UI's run id. Default: a new one.</summary>
    public string? RunId { get; init; }
}
