namespace LlmStream.Dialects;

/// <summary>The place from which a provider that keeps an answer can replay it.</summary>
/// <param name="Id">The id of the kept answer.</param>
/// <param name="Position">The last event that was handled, or where it ended, as the provider names it; "" for the beginning.</param>
internal sealed record ReplayPoint(string Id, string Position);
