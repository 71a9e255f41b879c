namespace LlmStream.Relay;

/// <summary>A delta of a kept stream with its position. Immutable.</summary>
/// <param name="Position">
/// The position after the whole delta: a reader that resumes there gets what follows. If a delta is encoded as several events, only the
/// last one may have it as its id.
/// </param>
/// <param name="Delta">The delta.</param>
public readonly record struct ChatStreamItem(ChatStreamPosition Position, ChatDelta Delta);
