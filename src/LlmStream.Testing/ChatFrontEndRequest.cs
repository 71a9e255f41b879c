namespace LlmStream.Testing;

/// <summary>A request of a front end to a <see cref="ChatFrontEndServer"/>.</summary>
/// <param name="Case">The case.</param>
/// <param name="Kind">What was requested.</param>
/// <param name="LastEventId">The last event that the front end has, if it said so.</param>
public sealed record ChatFrontEndRequest(ChatFrontEndCase Case, ChatFrontEndRequestKind Kind, string? LastEventId);
