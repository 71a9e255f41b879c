namespace LlmStream;

/// <summary>Operators over the deltas of a streamed answer.</summary>
public static partial class ChatStreamExtensions;
