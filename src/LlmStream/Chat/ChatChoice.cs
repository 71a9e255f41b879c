using LlmStream.Chat;
using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>One choice of a collected answer. Immutable.</summary>
public sealed class ChatChoice
{
    /// <summary>The choice's index, from 0.</summary>
    public int Index { get; init; }

    /// <summary>The author's role, or <see langword="null"/> if the provider did not send one.</summary>
    public ChatRole? Role { get; init; }

    /// <summary>The text; <c>""</c> if there is none.</summary>
    public string Text { get; init; } = "";

    /// <summary>The reasoning; <c>""</c> if there is none.</summary>
    public string Reasoning { get; init; } = "";

    /// <summary>The text of a refusal; <c>""</c> if there is none.</summary>
    public string Refusal { get; init; } = "";

    /// <summary>The tool calls, in the order in which they first appeared.</summary>
    public IReadOnlyList<ToolCall> ToolCalls { get; init; } = [];

    /// <summary>Content that has no property here, in the order of arrival: see <see cref="ChatDelta.OtherContents"/>.</summary>
    public IReadOnlyList<AIContent> OtherContents { get; init; } = [];

    /// <summary>Why the choice ended, or <see langword="null"/> if the provider did not say.</summary>
    public ChatFinishReason? FinishReason { get; init; }

    /// <summary>The order in which the contents arrived, or null if it is unknown.</summary>
    internal ContentOrder? Order { get; init; }

    /// <summary>The choice as a message to be sent back.</summary>
    /// <param name="idPrefix">Returns the beginning of an id for calls to which the provider gave none.</param>
    internal ChatMessage ToChatMessage(Func<string> idPrefix)
    {
        IEnumerable<AIContent> contents = Order?.ToContents(this, ToContent) ??
        [
            .. Reasoning.Length > 0 ? (AIContent[])[new TextReasoningContent(Reasoning)] : [],
            .. OtherContents,
            .. Text.Length > 0 ? (AIContent[])[new TextContent(Text)] : [],
            .. ToolCalls.Select(ToContent),
        ];
        if (Refusal.Length > 0) contents = contents.Append(RefusalContent.Create(Refusal));
        return new ChatMessage(Role ?? ChatRole.Assistant, [.. contents]);

        AIContent ToContent(ToolCall call)
        {
            bool isCutOff = FinishReason is null ? !call.IsComplete : ToolCallContents.IsCutOff(FinishReason);
            return ToolCallContents.Create(call, idPrefix, isCutOff);
        }
    }
}
