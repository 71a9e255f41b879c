namespace LlmStream.Relay;

/// <summary>One record of a stream. Immutable.</summary>
/// <param name="Position">Its position.</param>
/// <param name="Data">Its content, which the store does not interpret.</param>
public readonly record struct ChatStreamRecord(ChatStreamPosition Position, ReadOnlyMemory<byte> Data);
