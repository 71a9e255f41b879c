namespace LlmStream.Chat.Updates;

/// <summary>What updates state besides the contents of the answer, and where they begin.</summary>
internal sealed class UpdateContext
{
    /// <summary>For deltas of which nothing is known but themselves.</summary>
    public static UpdateContext None { get; } = new();

    /// <summary>The id of the conversation in which the provider stores an answer; null if it stores none.</summary>
    public Func<ChatStreamInfo, string?> GetConversationId { get; init; } = static _ => null;

    /// <summary>Creates the token for the rest of an answer; null if the provider does not keep it.</summary>
    public Func<ChatStreamInfo, UpdatePosition, BackgroundToken?>? CreateToken { get; init; }

    /// <summary>What earlier updates, perhaps in another process, hold already.</summary>
    public UpdatePosition Start { get; init; }
}
