namespace LlmStream.Relay.TakeOver;

/// <summary>A stream that was taken over by this node, after this node's work on it has ended. Immutable.</summary>
/// <param name="Request">The stored request; null if there was none, or it could not be read.</param>
/// <param name="Result">How it ended.</param>
internal sealed record TakenOver(ChatStoredRequest? Request, ChatProducerResult Result);
