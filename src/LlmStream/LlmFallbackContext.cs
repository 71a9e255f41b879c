namespace LlmStream;

/// <summary>What is known when a provider has failed, for <see cref="LlmStreamOptions.SelectFallback"/>.</summary>
public sealed class LlmFallbackContext
{
    /// <summary>Creates a context, for tests.</summary>
    public LlmFallbackContext()
    {
    }

    /// <summary>
    /// How the provider failed, after its retries and resumes. <see cref="ChatStreamException.Partial"/> is the part of the answer that has
    /// been delivered; it is empty if the answer has not begun.
    /// </summary>
    public required ChatStreamException Exception { get; init; }

    /// <summary>The provider that failed.</summary>
    public required LlmProvider Provider { get; init; }

    /// <summary>The fallbacks that have not been used, in order; at least one.</summary>
    public required IReadOnlyList<LlmFallback> Remaining { get; init; }

    /// <summary>
    /// What is used if there is no <see cref="LlmStreamOptions.SelectFallback"/>: the first of <see cref="Remaining"/>, or
    /// <see langword="null"/> if the request would probably fail everywhere.
    /// </summary>
    public LlmFallback? Default { get; init; }
}
