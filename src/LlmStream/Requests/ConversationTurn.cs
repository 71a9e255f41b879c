using System.Text;
using LlmStream.Answers;
using LlmStream.Chat;
using Microsoft.Extensions.AI;

namespace LlmStream.Requests;

/// <summary>A message of a conversation, its contents sorted by kind.</summary>
internal sealed class ConversationTurn
{
    // Most turns have only parts, and of these only one.
    private List<AIContent>? _contents;
    private List<ToolApprovalResponseContent>? _approvals;
    private List<AIContent>? _parts;
    private List<FunctionCallContent>? _calls;
    private List<FunctionResultContent>? _results;

    public ConversationTurn(ChatMessage message, int index)
    {
        Message = message;
        Index = index;
        StringBuilder? reasoning = null, refusal = null;
        foreach (AIContent content in message.Contents)
        {
            switch (content)
            {
                case FunctionResultContent result:
                    (_results ??= []).Add(result);
                    break;
                // Also if it is InformationalOnly: that says whether it is still to be invoked, not whether it was made.
                case FunctionCallContent call:
                    (_calls ??= []).Add(call);
                    break;
                case TextReasoningContent thought:
                    (reasoning ??= new StringBuilder()).Append(thought.Text);
                    break;
                case ErrorContent error when RefusalContent.Is(error):
                    (refusal ??= new StringBuilder()).Append(error.Message);
                    break;
                // A request and its response that concern a tool that the provider runs.
                case ToolApprovalRequestContent when IsAssistant && ProviderContent.Is(content):
                    break;
                case ToolApprovalResponseContent { ToolCall: McpServerToolCallContent } approval:
                    (_approvals ??= []).Add(approval);
                    continue;
                // How an earlier answer ended, what it cost, and what the program asked its user: not for the model.
                case ErrorContent or UsageContent or ToolApprovalRequestContent or ToolApprovalResponseContent:
                    continue;
                case TextContent { Text.Length: 0 }: // it may still carry annotations
                    break;
                case AIContent when IsAssistant && ProviderContent.Is(content): // only for the provider that sent it
                    break;
                default:
                    (_parts ??= new List<AIContent>(1)).Add(content);
                    break;
            }

            (_contents ??= new List<AIContent>(1)).Add(content);
        }

        Reasoning = reasoning?.ToString() ?? "";
        Refusal = refusal?.ToString() ?? "";
    }

    /// <summary>Adds results to a turn that has results.</summary>
    public void AddResults(IEnumerable<FunctionResultContent> results)
    {
        foreach (FunctionResultContent result in results)
        {
            (_results ??= []).Add(result);
            (_contents ??= []).Add(result);
        }
    }

    public ChatMessage Message { get; }

    /// <summary>The index of the message, for error messages.</summary>
    public int Index { get; }

    public ChatRole Role => Message.Role;

    public bool IsAssistant => Message.Role == ChatRole.Assistant;

    public bool IsTool => Message.Role == ChatRole.Tool;

    /// <summary>All contents that a format may send, in order, for formats in which the order between kinds matters.</summary>
    public IReadOnlyList<AIContent> Contents => (IReadOnlyList<AIContent>?)_contents ?? [];

    /// <summary>What the role says: text that is not empty, data, links, files, and parts in the provider's format.</summary>
    public IReadOnlyList<AIContent> Parts => (IReadOnlyList<AIContent>?)_parts ?? [];

    /// <summary>The user's answers to the provider's requests for approval of a call.</summary>
    public IReadOnlyList<ToolApprovalResponseContent> Approvals => (IReadOnlyList<ToolApprovalResponseContent>?)_approvals ?? [];

    /// <summary>The function calls that the model made.</summary>
    public IReadOnlyList<FunctionCallContent> Calls => (IReadOnlyList<FunctionCallContent>?)_calls ?? [];

    /// <summary>The results of function calls.</summary>
    public IReadOnlyList<FunctionResultContent> Results => (IReadOnlyList<FunctionResultContent>?)_results ?? [];

    /// <summary>The text of the model's reasoning, or "".</summary>
    public string Reasoning { get; }

    /// <summary>The text with which the model refused to answer, or "".</summary>
    public string Refusal { get; }
}
