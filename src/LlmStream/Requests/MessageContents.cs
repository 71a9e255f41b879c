using System.Text;
using LlmStream.Answers;
using LlmStream.Chat;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Requests;

/// <summary>What a message holds, sorted by where it goes.</summary>
internal sealed class MessageContents
{
    public MessageContents(ChatMessage message, int index)
    {
        foreach (AIContent content in message.Contents)
        {
            switch (content)
            {
                case FunctionResultContent result:
                    Results.Add(result);
                    break;
                case FunctionCallContent call when message.Role == ChatRole.Assistant:
                    Calls.Add(call); // InformationalOnly too: that says whether it is still to be run, not whether it was made
                    break;
                case FunctionCallContent:
                    throw new ArgumentException($"Message {index} (\"{message.Role}\") holds a FunctionCallContent. Only a model calls functions: give it the role assistant.", nameof(message));
                case TextReasoningContent reasoning:
                    Reasoning.Append(reasoning.Text); // ProtectedData has no place in these dialects
                    break;
                case ErrorContent { ErrorCode: RefusalContent.ErrorCode } refusal:
                    Refusal += refusal.Message;
                    break;
                // An account of how an earlier answer went, or a question of the program to its user. Never said to the model.
                case ErrorContent or UsageContent or ToolApprovalRequestContent or ToolApprovalResponseContent:
                    break;
                case AIContent when message.Role == ChatRole.Assistant && ProviderContent.Is(content):
                    break; // only the provider that said it understands it
                default:
                    Said.Add(content);
                    break;
            }
        }
    }

    public List<AIContent> Said { get; } = [];

    public List<FunctionCallContent> Calls { get; } = [];

    public List<FunctionResultContent> Results { get; } = [];

    public StringBuilder Reasoning { get; } = new();

    public string Refusal { get; private set; } = "";
}
