namespace LlmStream.Testing;

/// <summary>
/// What the user of a front end sees when nothing changes any more. What is null was not observed, and is not checked.
/// </summary>
public sealed record ChatFrontEndObservation
{
    /// <summary>How the answer ended.</summary>
    public required ChatFrontEndStatus Status { get; init; }

    /// <summary>The text of the answer, without the error. Default: empty.</summary>
    public string Text { get; init; } = "";

    /// <summary>The reasoning. Default: null.</summary>
    public string? Reasoning { get; init; }

    /// <summary>The tool calls. Default: null.</summary>
    public IReadOnlyList<ChatFrontEndToolCall>? ToolCalls { get; init; }

    /// <summary>
    /// Why the answer ended, such as <c>length</c>; <c>content-filter</c> and <c>content_filter</c> are the same. Default: null. It must be
    /// observed in the cases of a limit or a filter: an answer that was cut off by one must not look like a complete one.
    /// </summary>
    public string? FinishReason { get; init; }

    /// <summary>The error that is shown. Default: null.</summary>
    public string? Error { get; init; }

    /// <summary>The number of answers that are shown to the one question. Default: null.</summary>
    public int? AnswerCount { get; init; }
}
