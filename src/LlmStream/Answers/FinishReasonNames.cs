using Microsoft.Extensions.AI;

namespace LlmStream.Answers;

/// <summary>The finish reasons of a wire format, by the names that are sent for them.</summary>
internal sealed record FinishReasonNames
{
    /// <summary>The names of most formats. Gateways also send them in formats that define other names.</summary>
    public static FinishReasonNames Common { get; } = new();

    /// <summary>The model finished the answer.</summary>
    public string[] Stop { get; init; } = ["stop"];

    /// <summary>The answer reached the token limit or the end of the context window.</summary>
    public string[] Length { get; init; } = ["length"];

    /// <summary>The model calls tools.</summary>
    public string[] ToolCalls { get; init; } = ["tool_calls", "function_call"];

    /// <summary>A content filter stopped the answer.</summary>
    public string[] ContentFilter { get; init; } = ["content_filter"];

    /// <summary>The provider failed while it generated the answer: an error that is reported as a finish reason.</summary>
    public string[] Failure { get; init; } = ["error"];

    /// <summary>The reason that a name stands for. An unknown name is passed on unchanged.</summary>
    public ChatFinishReason ToReason(string name) =>
        Stop.Contains(name) ? ChatFinishReason.Stop
        : Length.Contains(name) ? ChatFinishReason.Length
        : ToolCalls.Contains(name) ? ChatFinishReason.ToolCalls
        : ContentFilter.Contains(name) ? ChatFinishReason.ContentFilter
        : new ChatFinishReason(name);

    /// <summary>Whether a name reports that the provider failed.</summary>
    public bool IsFailure(string name) => Failure.Contains(name);
}
