using LlmStream.Chat;
using LlmStream.Requests;
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

    /// <summary>What came that has no property of its own here, in the order in which it came: see <see cref="ChatDelta.OtherContents"/>.</summary>
    public IReadOnlyList<AIContent> OtherContents { get; init; } = [];

    /// <summary>Why the choice ended, or <see langword="null"/> where the provider did not say.</summary>
    public ChatFinishReason? FinishReason { get; init; }

    /// <summary>In which order all of this came, where that is known.</summary>
    internal ContentOrder? Order { get; init; }

    /// <summary>The choice as a message to be sent back.</summary>
    /// <param name="idPrefix">What the id of a call is made of where the provider sent none.</param>
    internal ChatMessage ToChatMessage(Func<string> idPrefix)
    {
        IEnumerable<AIContent> contents = Order?.ToContents(this, ToContent) ??
        [
            .. Reasoning.Length > 0 ? (AIContent[])[new TextReasoningContent(Reasoning)] : [],
            .. OtherContents,
            .. Text.Length > 0 ? (AIContent[])[new TextContent(Text)] : [],
            .. ToolCalls.Select(ToContent),
        ];
        if (Refusal.Length > 0) contents = contents.Append(new ErrorContent(Refusal) { ErrorCode = MessageWriter.RefusalCode });
        return new ChatMessage(Role ?? ChatRole.Assistant, [.. contents]);

        AIContent ToContent(ToolCall call) => ToolCallContents.Create(call, idPrefix, ToolCallContents.IsCutOff(FinishReason));
    }
}
