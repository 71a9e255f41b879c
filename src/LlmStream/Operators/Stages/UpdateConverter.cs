using System.Text.Json.Nodes;
using LlmStream.Chat;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Operators.Stages;

/// <summary>Converts the updates of one response to deltas.</summary>
/// <remarks>Invariant: the lengths are those of the texts of all deltas so far, so that each delta states where its pieces begin.</remarks>
internal sealed class UpdateConverter
{
    private int _textLength;
    private int _reasoningLength;
    private int _refusalLength;
    private int _callCount;
    private bool _hasRole;
    private UsageDetails? _usage;
    private ChatStreamInfo _info = ChatStreamInfo.Unknown;

    /// <summary>Whether a finish reason came.</summary>
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

        var delta = new ChatDelta
        {
            Role = _hasRole ? null : update.Role,
            Text = text,
            TextOffset = _textLength,
            Reasoning = reasoning,
            ReasoningOffset = _reasoningLength,
            RefusalChange = refusal.Length > 0 ? refusal : null,
            RefusalOffset = _refusalLength,
            ToolCalls = calls,
            OtherContents = others,
            FinishReason = update.FinishReason,
            Usage = hasUsage ? Copy(_usage!) : null,
            Stream = _info,
        };
        _hasRole |= update.Role is not null;
        _textLength += text.Length;
        _reasoningLength += reasoning.Length;
        _refusalLength += refusal.Length;
        HasFinished |= update.FinishReason is not null;
        return delta;
    }

    private void UpdateInfo(ChatResponseUpdate update)
    {
        string? id = update.ResponseId ?? _info.Id, model = update.ModelId ?? _info.Model;
        DateTimeOffset? created = update.CreatedAt ?? _info.Created;
        if (id != _info.Id || model != _info.Model || created != _info.Created)
            _info = _info with { Id = id, Model = model, Created = created };
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
