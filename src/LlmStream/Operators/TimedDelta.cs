namespace LlmStream;

/// <summary>A delta, and how fast the answer has arrived so far. Immutable.</summary>
public sealed record TimedDelta
{
    /// <summary>The delta, unchanged.</summary>
    public required ChatDelta Delta { get; init; }

    /// <summary>The time from the start of the enumeration to this delta.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>
    /// The time from the start of the enumeration to the first text, reasoning, refusal or tool call. <see langword="null"/> until then.
    /// </summary>
    public TimeSpan? TimeToFirstDelta { get; init; }

    /// <summary>
    /// UTF-16 code units of text and reasoning per second, within the window; <see langword="null"/> until some time has passed since
    /// the first.
    /// </summary>
    public double? CharactersPerSecond { get; init; }

    /// <summary>
    /// Tokens per second, within the window, by the estimate that <see cref="ChatStreamExtensions.LimitTokens"/> describes: providers
    /// do not report tokens while they stream.
    /// </summary>
    public double? TokensPerSecond { get; init; }
}
