namespace LlmStream.Answers;

/// <summary>A count in a usage object. Those from <see cref="CacheCreation"/> on are reported as additional counts.</summary>
internal enum UsageCount
{
    Input,
    Output,
    Total,
    Cached,
    Reasoning,

    /// <summary>Tokens written to a cache. Part of the input, as those read from it.</summary>
    CacheCreation,

    // Additional, because the properties for audio in Microsoft.Extensions.AI are experimental.
    InputAudio,
    OutputAudio,

    /// <summary>Tokens that server-side tools added to the prompt, if no other count includes them.</summary>
    ToolUse,

    // What is billed, if that is not what was counted.
    BilledInput,
    BilledOutput,
    BilledSearches,

    // Durations, in nanoseconds.
    TotalDuration,
    LoadDuration,
    PromptEvalDuration,
    EvalDuration,
}
