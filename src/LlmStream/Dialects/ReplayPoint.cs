namespace LlmStream.Dialects;

/// <summary>The event after which a provider that keeps an answer can replay it.</summary>
/// <param name="Id">The provider's id of the answer.</param>
/// <param name="SequenceNumber">The number of the last event that was handled.</param>
internal sealed record ReplayPoint(string Id, long SequenceNumber);
