namespace LlmStream;

/// <summary>A reconnection that is about to be made. Immutable.</summary>
/// <param name="Delay">The time until then.</param>
/// <param name="LastEventId">The id that will be sent as <c>Last-Event-ID</c>; null or empty if none will be.</param>
/// <param name="Exception">Why the connection was lost, or not made; <see langword="null"/> if the server ended the body.</param>
public readonly record struct SseReconnection(TimeSpan Delay, string? LastEventId, ChatStreamException? Exception);
