using System.Text.Json.Nodes;
using LlmStream.Chat;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Operators.Stages;

/// <summary>Converts the updates of one response to deltas.</summary>
internal sealed class UpdateConverter
{
    private readonly WholeCharacters _text = new(), _reasoning = new(), _refusal = new();
    private int _callCount;
    private bool _hasRole;
    private string? _finishedResponseId;
    private UsageDetails? _usage;
    private ChatStreamInfo _info = ChatStreamInfo.Unknown;

    /// <summary>
    /// Whether a finish reason came, and nothing of the model after it: function invocation goes on after the finish reason
    /// <c>tool_calls</c> with another response, which may be cut off.
    /// </summary>
    public bool HasFinished { get; private set; }

    /// <summary>Converts the next update.</summary>
    public ChatDelta ToDelta(ChatResponseUpdate update)
    {
        UpdateInfo(update);
        string text = "", reasoning = "", refusal = "";
        bool hasUsage = false;
        var calls = new List<ToolCallDelta>();
        var others = new List<AIContent>();
        foreach (AIContent content in update.Contents)
        {
            switch (content)
            {
                case TextContent { Annotations: null or { Count: 0 } } piece:
                    text += piece.Text;
                    break;
                case TextContent annotated:
                    text += annotated.Text;
                    others.Add(new TextContent("") { Annotations = annotated.Annotations });
                    break;
                case TextReasoningContent thought:
                    reasoning += thought.Text;
                    if (thought.ProtectedData is { } signature) others.Add(new TextReasoningContent("") { ProtectedData = signature });
                    break;
                case FunctionCallContent call:
                    calls.Add(Convert(call));
                    break;
                case UsageContent { Details: { } details }:
                    (_usage ??= new UsageDetails()).Add(details);
                    hasUsage = true;
                    break;
                case ErrorContent error when RefusalContent.Is(error):
                    refusal += error.Message;
                    break;
                default:
                    others.Add(content);
                    break;
            }
        }

        bool continues = text.Length > 0 || reasoning.Length > 0 || refusal.Length > 0 || calls.Count > 0 || IsOfAnotherResponse(update);
        if (continues && update.Role != ChatRole.Tool) HasFinished = false;
        if (update.FinishReason is not null)
        {
            HasFinished = true;
            _finishedResponseId = update.ResponseId;
        }

        text = _text.Add(text);
        reasoning = _reasoning.Add(reasoning);
        refusal = _refusal.Add(refusal);
        var delta = new ChatDelta
        {
            Role = _hasRole ? null : update.Role,
            Text = text,
            TextOffset = _text.Length - text.Length,
            Reasoning = reasoning,
            ReasoningOffset = _reasoning.Length - reasoning.Length,
            RefusalChange = refusal.Length > 0 ? refusal : null,
            RefusalOffset = _refusal.Length - refusal.Length,
            ToolCalls = calls,
            OtherContents = others,
            FinishReason = update.FinishReason,
            Usage = hasUsage ? Copy(_usage!) : null,
            Stream = _info,
        };
        _hasRole |= update.Role is not null;
        return delta;
    }

    /// <summary>Ends the response.</summary>
    /// <returns>A replacement for the halves of characters of which the other half never came; null if there is none.</returns>
    public ChatDelta? Complete()
    {
        string text = _text.Complete(), reasoning = _reasoning.Complete(), refusal = _refusal.Complete();
        if (text.Length + reasoning.Length + refusal.Length == 0) return null;
        return new ChatDelta
        {
            Text = text,
            TextOffset = _text.Length - text.Length,
            Reasoning = reasoning,
            ReasoningOffset = _reasoning.Length - reasoning.Length,
            RefusalChange = refusal.Length > 0 ? refusal : null,
            RefusalOffset = _refusal.Length - refusal.Length,
            Stream = _info,
        };
    }

    // Usage follows the finish reason, and may come without the id.
    private bool IsOfAnotherResponse(ChatResponseUpdate update) =>
        update.ResponseId is not null && _finishedResponseId is not null && update.ResponseId != _finishedResponseId
        && !(update.Contents.Count > 0 && update.Contents.All(content => content is UsageContent));

    private void UpdateInfo(ChatResponseUpdate update)
    {
        string? id = update.ResponseId ?? _info.Id, model = update.ModelId ?? _info.Model;
        DateTimeOffset? created = update.CreatedAt ?? _info.CreatedAt;
        if (id != _info.Id || model != _info.Model || created != _info.CreatedAt)
            _info = _info with { Id = id, Model = model, CreatedAt = created };
    }

    private ToolCallDelta Convert(FunctionCallContent call) => new()
    {
        Index = _callCount++,
        Id = call.CallId,
        Name = call.Name,
        Arguments = ArgumentsOf(call),
        IsComplete = true,
    };

    private static string ArgumentsOf(FunctionCallContent call)
    {
        // What the model sent, if it could not be parsed.
        if (call.Exception is not null && call.RawRepresentation is ToolCall raw) return raw.Arguments;
        var arguments = new JsonObject();
        foreach ((string name, object? value) in call.Arguments ?? new Dictionary<string, object?>(StringComparer.Ordinal))
            arguments[name] = JsonNodes.Convert(value, $"The argument \"{name}\" of the function call \"{call.CallId}\"", "source");
        return arguments.ToJsonString();
    }

    // Each delta has the totals at its time.
    private static UsageDetails Copy(UsageDetails usage)
    {
        var copy = new UsageDetails();
        copy.Add(usage);
        return copy;
    }
}
