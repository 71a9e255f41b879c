using LlmStream.Answers;
using Microsoft.Extensions.AI;

namespace LlmStream.Resilience.Fallback;

/// <summary>What only the provider that sent it can read, such as reasoning that it has signed or encrypted.</summary>
internal static class SignedReasoning
{
    /// <summary>Whether an answer has signed reasoning, in any form in which dialects keep it.</summary>
    public static bool IsIn(ChatStreamResult answer) => answer.Choices.Any(choice => choice.OtherContents.Any(
        content => content is TextReasoningContent { ProtectedData: not null } || ProviderContent.IsSigned(content)));

    /// <summary>A copy of a message without what another provider cannot read; the same message if there is nothing of that.</summary>
    public static ChatMessage Remove(ChatMessage message)
    {
        if (!message.Contents.Any(content => IsSigned(content) || IsForOneProvider(content))) return message;
        ChatMessage copy = message.Clone();
        copy.Contents =
        [
            .. message.Contents
                .Where(content => !IsForOneProvider(content))
                .Select(content => IsSigned(content) ? new TextReasoningContent(((TextReasoningContent)content).Text) : content),
        ];
        return copy;
    }

    private static bool IsSigned(AIContent content) => content is TextReasoningContent { ProtectedData: not null };

    private static bool IsForOneProvider(AIContent content) =>
        content is TextReasoningContent { Text: null or "", ProtectedData: not null }
        || (content.GetType() == typeof(AIContent) && ProviderContent.Is(content));
}
