namespace LlmStream.Resilience;

/// <summary>An attempt that broke off.</summary>
/// <param name="Failure">Why.</param>
/// <param name="Estimate">Its estimated output tokens; null if the provider counted them.</param>
internal sealed record BrokenAttempt(ChatStreamException Failure, long? Estimate);
