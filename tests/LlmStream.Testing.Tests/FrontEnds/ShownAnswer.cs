using System.Text;
using System.Text.Json;

namespace LlmStream.Testing.Tests.FrontEnds;

/// <summary>An answer as a front end shows it, from the events of any of the wires.</summary>
internal sealed class ShownAnswer
{
    private readonly StringBuilder _text = new(), _reasoning = new();
    private readonly Dictionary<string, Call> _calls = [];
    private string? _finishReason, _error;
    private bool _hasEnded, _isCanceled;

    public string Text => _text.ToString();

    public void Fail(string wire, string body) => _error = wire switch
    {
        "openai" => JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("message").GetString(),
        "json" => JsonDocument.Parse(body).RootElement.GetProperty("detail").GetString(),
        _ => body,
    };

    public void Add(string wire, string data)
    {
        if (data == "[DONE]")
        {
            _hasEnded = true;
            return;
        }

        JsonElement json = JsonDocument.Parse(data).RootElement;
        switch (wire)
        {
            case "ui-messages":
                AddUIMessages(json);
                break;
            case "openai":
                AddOpenAI(json);
                break;
            case "ag-ui":
                AddAgUI(json);
                break;
            default:
                AddJson(json);
                break;
        }
    }

    public ChatFrontEndObservation Observe(string wire, bool wasStopped, bool takesAnyEnd)
    {
        bool isDone = takesAnyEnd || (_hasEnded && (wire is "ag-ui" or "json" || _finishReason is not null));
        return new ChatFrontEndObservation
        {
            Status = _isCanceled || wasStopped ? ChatFrontEndStatus.Canceled
                : _error is not null ? ChatFrontEndStatus.Failed
                : isDone ? ChatFrontEndStatus.Done
                : ChatFrontEndStatus.Unknown,
            Text = Text,
            Reasoning = _reasoning.ToString(),
            ToolCalls =
            [
                .. _calls.Values.Select(call => new ChatFrontEndToolCall(
                    call.Name, call.Arguments.ToString(), call.IsComplete && !(wire == "openai" && _finishReason != "tool_calls"))),
            ],
            FinishReason = _finishReason,
            Error = _error,
            AnswerCount = 1,
        };
    }

    private void AddUIMessages(JsonElement chunk)
    {
        switch (Of(chunk, "type"))
        {
            case "text-delta":
                _text.Append(Of(chunk, "delta"));
                break;
            case "reasoning-delta":
                _reasoning.Append(Of(chunk, "delta"));
                break;
            case "tool-input-available":
                var call = new Call(Of(chunk, "toolName")!) { IsComplete = true };
                call.Arguments.Append(chunk.GetProperty("input").GetRawText());
                _calls[Of(chunk, "toolCallId")!] = call;
                break;
            case "error":
                _error = Of(chunk, "errorText");
                break;
            case "abort":
                _isCanceled = true;
                break;
            case "finish":
                _finishReason = Of(chunk, "finishReason");
                break;
        }
    }

    private void AddOpenAI(JsonElement chunk)
    {
        if (chunk.TryGetProperty("error", out JsonElement error))
        {
            (_error, _isCanceled) = (Of(error, "message"), Of(error, "code") == "cancelled");
            return;
        }

        JsonElement choice = chunk.GetProperty("choices")[0], delta = choice.GetProperty("delta");
        _text.Append(Of(delta, "content"));
        _reasoning.Append(Of(delta, "reasoning_content"));
        _finishReason = Of(choice, "finish_reason") ?? _finishReason;
        if (!delta.TryGetProperty("tool_calls", out JsonElement calls)) return;
        foreach (JsonElement fragment in calls.EnumerateArray())
        {
            string index = fragment.GetProperty("index").GetRawText();
            JsonElement function = fragment.GetProperty("function");
            if (Of(function, "name") is { } name) _calls[index] = new Call(name) { IsComplete = true };
            _calls[index].Arguments.Append(Of(function, "arguments"));
        }
    }

    private void AddAgUI(JsonElement chunk)
    {
        switch (Of(chunk, "type"))
        {
            case "TEXT_MESSAGE_CONTENT":
                _text.Append(Of(chunk, "delta"));
                break;
            case "REASONING_MESSAGE_CONTENT":
                _reasoning.Append(Of(chunk, "delta"));
                break;
            case "TOOL_CALL_START":
                _calls[Of(chunk, "toolCallId")!] = new Call(Of(chunk, "toolCallName")!);
                break;
            case "TOOL_CALL_ARGS":
                _calls[Of(chunk, "toolCallId")!].Arguments.Append(Of(chunk, "delta"));
                break;
            case "TOOL_CALL_END":
                _calls[Of(chunk, "toolCallId")!].IsComplete = !chunk.TryGetProperty("metadata", out _);
                break;
            case "RUN_ERROR":
                _error = Of(chunk, "message");
                break;
            case "RUN_FINISHED":
                _isCanceled = Of(chunk.GetProperty("outcome"), "type") == "cancelled";
                _hasEnded = true;
                break;
        }
    }

    private void AddJson(JsonElement chunk)
    {
        _text.Append(Of(chunk, "content"));
        _reasoning.Append(Of(chunk, "reasoning"));
        _error ??= Of(chunk, "error");
        _isCanceled = _error == "cancelled";
        _hasEnded |= chunk.TryGetProperty("done", out _);
        _finishReason = Of(chunk, "finish_reason") ?? _finishReason;
    }

    private static string? Of(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private sealed class Call(string name)
    {
        public string Name => name;

        public StringBuilder Arguments { get; } = new();

        public bool IsComplete { get; set; }
    }
}
