using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>One choice of a collected answer. Immutable.</summary>
public sealed class ChatChoice
{
    /// <summary>The choice's index, from 0.</summary>
    public int Index { get; init; }

    /// <summary>Who spoke, or <see langword="null"/> where the provider did not say.</summary>
    public ChatRole? Role { get; init; }

    /// <summary>The text; <c>""</c> when there is none.</summary>
    public string Text { get; init; } = "";

    /// <summary>The reasoning; <c>""</c> when there is none.</summary>
    public string Reasoning { get; init; } = "";

    /// <summary>The text of a refusal; <c>""</c> when there is none.</summary>
    public string Refusal { get; init; } = "";

    /// <summary>The tool calls, in the order in which they first appeared.</summary>
    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];

    /// <summary>Why the choice ended, or <see langword="null"/> where the provider did not say.</summary>
    public ChatFinishReason? FinishReason { get; init; }
}
