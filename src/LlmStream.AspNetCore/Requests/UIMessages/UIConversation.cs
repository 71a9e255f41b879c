using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Requests.UIMessages;

/// <summary>Converts UI messages to the messages of Microsoft.Extensions.AI.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>part</term><description>content</description></listheader>
/// <item><term>text</term><description><see cref="TextContent"/></description></item>
/// <item><term>file</term><description>
/// <see cref="DataContent"/> of a data link, <see cref="UriContent"/> of an http(s) address; any other is refused
/// </description></item>
/// <item><term>reasoning</term><description>
/// <see cref="TextReasoningContent"/>, its signature from <c>providerMetadata.llmstream.signature</c>
/// </description></item>
/// <item><term>tool, dynamic-tool</term><description>
/// <see cref="FunctionCallContent"/> in the message of the assistant, and <see cref="FunctionResultContent"/> in a message of the tool
/// after it: the output, or an error if the call has no output (<see cref="UIToolPart"/>). An approved call of the last message, if the
/// wire asks for approvals: <see cref="ToolApprovalRequestContent"/> and <see cref="ToolApprovalResponseContent"/>, which
/// <c>FunctionInvokingChatClient</c> answers by running the tool. Tools that the provider ran are left out.
/// </description></item>
/// <item><term>step-start</term><description>begins another message of the assistant</description></item>
/// <item><term>sources, data-…, unknown parts</term><description>left out</description></item>
/// </list>
/// A message of the assistant without content, as one that failed before its answer began, is left out.
/// </remarks>
internal sealed class UIConversation
{
    private readonly bool _canAnswerApprovals;
    private readonly HashSet<string> _answered = new(StringComparer.Ordinal);
    private readonly List<ChatMessage> _messages = [];
    private readonly List<ChatMessage> _systemMessages = [];

    /// <exception cref="InvalidRelayRequestException">A message is not valid.</exception>
    public UIConversation(IReadOnlyList<UIMessage> messages, bool canAnswerApprovals)
    {
        _canAnswerApprovals = canAnswerApprovals;
        foreach (UIPart part in messages.Where(message => message.IsAssistant).SelectMany(message => message.Parts))
        {
            if (part.IsTool && new UIToolPart(part) is { HasResult: true } tool) _answered.Add(tool.CallId);
        }

        for (int i = 0; i < messages.Count; i++) Add(messages[i], isLast: i == messages.Count - 1);
    }

    /// <summary>The messages besides those of the system, in order.</summary>
    public IReadOnlyList<ChatMessage> Messages => _messages;

    /// <summary>The messages of the system, in order.</summary>
    public IReadOnlyList<ChatMessage> SystemMessages => _systemMessages;

    private void Add(UIMessage message, bool isLast)
    {
        if (message.IsAssistant) AddAnswer(message, isLast);
        else if (message.Role == ChatRole.System) AddSystem(message);
        else AddUser(message, isLast);
    }

    private void AddSystem(UIMessage message)
    {
        string text = string.Concat(message.Parts.Where(part => part.Type == "text").Select(part => part.ToText()?.Text));
        if (text.Length > 0) _systemMessages.Add(new ChatMessage(ChatRole.System, text) { MessageId = message.Id });
    }

    private void AddUser(UIMessage message, bool isLast)
    {
        List<AIContent> contents = ContentsOf(message.Parts);
        if (contents.Count > 0) _messages.Add(new ChatMessage(ChatRole.User, contents) { MessageId = message.Id });
        // Otherwise the message before it would be answered, or continued.
        else if (isLast) throw message.Source.Invalid("has no text and no file");
    }

    private void AddAnswer(UIMessage message, bool isLast)
    {
        var step = new Step();
        foreach (UIPart part in message.Parts)
        {
            switch (part.Type)
            {
                case "text" or "file":
                    step.Contents.AddRange(ContentsOf([part]));
                    break;
                case "reasoning" when part.ToReasoning() is { } reasoning:
                    step.Contents.Add(reasoning);
                    break;
                case "step-start":
                    Flush(step, message.Id);
                    break;
                case "steering-message":
                    Flush(step, message.Id);
                    AddSteering(part);
                    break;
                case var _ when part.IsTool:
                    AddTool(step, new UIToolPart(part), isLast);
                    break;
            }
        }

        Flush(step, message.Id);
    }

    private void AddTool(Step step, UIToolPart tool, bool isLast)
    {
        // A call that was approved occurs again, with its result, in the step after it.
        if (!tool.CanBeSent || (!tool.HasResult && _answered.Contains(tool.CallId))) return;
        if (_canAnswerApprovals && isLast && tool is { IsApproved: true, ApprovalId: { } approvalId })
        {
            var request = new ToolApprovalRequestContent(approvalId, tool.Call);
            step.Contents.Add(request);
            step.Approvals.Add(request.CreateResponse(approved: true));
            return;
        }

        step.Contents.Add(tool.Call);
        step.Results.Add(tool.ToResult());
    }

    // A message that the user sent while the answer was generated.
    private void AddSteering(UIPart part)
    {
        UIMessage message = UIMessage.ReadSteering(part);
        List<AIContent> contents = ContentsOf(message.Parts);
        if (contents.Count > 0) _messages.Add(new ChatMessage(ChatRole.User, contents) { MessageId = message.Id });
    }

    private void Flush(Step step, string? messageId)
    {
        if (step.Contents.Count > 0) _messages.Add(new ChatMessage(ChatRole.Assistant, [.. step.Contents]) { MessageId = messageId });
        if (step.Results.Count > 0) _messages.Add(new ChatMessage(ChatRole.Tool, [.. step.Results]));
        if (step.Approvals.Count > 0) _messages.Add(new ChatMessage(ChatRole.User, [.. step.Approvals]));
        step.Clear();
    }

    private static List<AIContent> ContentsOf(IEnumerable<UIPart> parts)
    {
        var contents = new List<AIContent>();
        foreach (UIPart part in parts)
        {
            AIContent? content = part.Type switch
            {
                "text" => part.ToText(),
                "file" => part.ToFile(),
                _ => null,
            };
            if (content is not null) contents.Add(content);
        }

        return contents;
    }

    private sealed class Step
    {
        public List<AIContent> Contents { get; } = [];

        public List<AIContent> Results { get; } = [];

        public List<AIContent> Approvals { get; } = [];

        public void Clear()
        {
            Contents.Clear();
            Results.Clear();
            Approvals.Clear();
        }
    }
}
