namespace LlmStream.Resilience;

/// <summary>Why an answer is not resumed at a provider.</summary>
/// <param name="Failure">The error that the caller gets.</param>
/// <param name="Reason">The reason.</param>
/// <param name="Cause">How the provider refused to continue, or null.</param>
internal sealed record RefusedResume(ChatStreamException Failure, ChatResumeRefusal Reason, ChatStreamException? Cause = null);
