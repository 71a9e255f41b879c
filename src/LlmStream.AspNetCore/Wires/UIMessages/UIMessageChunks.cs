using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.UIMessages;

/// <summary>Writes chunks. Knows their form, not their order.</summary>
internal sealed class UIMessageChunks(EventWriter events)
{
    private static readonly JsonEncodedText Type = JsonEncodedText.Encode("type");
    private static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
    private static readonly JsonEncodedText TextStart = JsonEncodedText.Encode("text-start");
    private static readonly JsonEncodedText TextEnd = JsonEncodedText.Encode("text-end");
    private static readonly JsonEncodedText ReasoningStart = JsonEncodedText.Encode("reasoning-start");
    private static readonly JsonEncodedText ReasoningEnd = JsonEncodedText.Encode("reasoning-end");
    private static readonly JsonEncodedText ToolCallId = JsonEncodedText.Encode("toolCallId");

    public void WriteStart(string messageId)
    {
        Begin("start"u8).WriteString("messageId"u8, messageId);
        events.EndObject();
    }

    public void WriteStartStep() => WriteEmpty("start-step"u8);

    public void WriteFinishStep() => WriteEmpty("finish-step"u8);

    public void WriteResetStep() => WriteEmpty("reset-step"u8);

    public void WriteAbort() => WriteEmpty("abort"u8);

    public void WriteFinish(ChatFinishReason? reason, UsageDetails? usage)
    {
        Utf8JsonWriter json = Begin("finish"u8);
        if (reason is { } known) json.WriteString("finishReason"u8, NameOf(known));
        if (usage is not null) WriteUsage(json, usage);
        events.EndObject();
    }

    public void WriteMetadata(UsageDetails usage)
    {
        WriteUsage(Begin("message-metadata"u8), usage);
        events.EndObject();
    }

    public void WriteError(string text)
    {
        Begin("error"u8).WriteString("errorText"u8, text);
        events.EndObject();
    }

    public void WriteSeam(ChatSeam seam)
    {
        Utf8JsonWriter json = Begin("data-seam"u8);
        json.WriteStartObject("data"u8);
        json.WriteNumber("attempt"u8, seam.Attempt);
        json.WriteString("kind"u8, JsonNamingPolicy.CamelCase.ConvertName(seam.Kind.ToString()));
        json.WriteString("reason"u8, JsonNamingPolicy.CamelCase.ConvertName(seam.Reason.ToString()));
        json.WriteNumber("textOffset"u8, seam.TextOffset);
        json.WriteEndObject();
        json.WriteBoolean("transient"u8, true);
        events.EndObject();
    }

    public void WritePartStart(bool isReasoning, JsonEncodedText id) => WritePart(isReasoning ? ReasoningStart : TextStart, id);

    /// <summary>The beginning of all deltas of a part.</summary>
    public static byte[] PreparePartDelta(bool isReasoning, JsonEncodedText id) => EventWriter.Prepare(json =>
    {
        json.WriteString(Type, isReasoning ? "reasoning-delta"u8 : "text-delta"u8);
        json.WriteString(Id, id);
        json.WriteString("delta"u8, ""u8);
    });

    /// <summary>The beginning of all deltas of the input of a call.</summary>
    public static byte[] PrepareInputDelta(string callId) => EventWriter.Prepare(json =>
    {
        json.WriteString(Type, "tool-input-delta"u8);
        json.WriteString(ToolCallId, callId);
        json.WriteString("inputTextDelta"u8, ""u8);
    });

    /// <summary>Writes a piece of a part, or of the input of a call.</summary>
    /// <param name="prepared">What <see cref="PreparePartDelta"/> or <see cref="PrepareInputDelta"/> returned.</param>
    /// <param name="piece">The piece.</param>
    public void WriteDelta(byte[] prepared, string piece) => events.WriteDelta(prepared, piece, "\"}\n\n"u8);

    public void WritePartEnd(bool isReasoning, JsonEncodedText id) => WritePart(isReasoning ? ReasoningEnd : TextEnd, id);

    public void WriteSignedEnd(JsonEncodedText id, string signature)
    {
        Utf8JsonWriter json = events.BeginObject();
        json.WriteString(Type, ReasoningEnd);
        json.WriteString(Id, id);
        json.WriteStartObject("providerMetadata"u8);
        json.WriteStartObject(UIMetadata.Key);
        json.WriteString(UIMetadata.Signature, signature);
        json.WriteEndObject();
        json.WriteEndObject();
        events.EndObject();
    }

    public void WriteInputStart(string callId, string toolName)
    {
        Utf8JsonWriter json = BeginTool("tool-input-start"u8, callId);
        json.WriteString("toolName"u8, toolName);
        events.EndObject();
    }

    /// <param name="callId">The id of the call.</param>
    /// <param name="toolName">The name of the tool.</param>
    /// <param name="input">JSON without line ends.</param>
    /// <param name="isProviderRun">Whether the provider runs the tool.</param>
    public void WriteInputAvailable(string callId, string toolName, ReadOnlySpan<byte> input, bool isProviderRun = false)
    {
        Utf8JsonWriter json = BeginTool("tool-input-available"u8, callId);
        json.WriteString("toolName"u8, toolName);
        json.WritePropertyName("input"u8);
        json.WriteRawValue(input, skipInputValidation: true);
        EndTool(json, isProviderRun);
    }

    public void WriteInputError(string callId, string toolName, string input, string error)
    {
        Utf8JsonWriter json = BeginTool("tool-input-error"u8, callId);
        json.WriteString("toolName"u8, toolName);
        json.WriteString("input"u8, input);
        json.WriteString("errorText"u8, error);
        events.EndObject();
    }

    /// <param name="callId">The id of the call.</param>
    /// <param name="output">JSON without line ends.</param>
    /// <param name="isProviderRun">Whether the provider ran the tool.</param>
    public void WriteOutputAvailable(string callId, ReadOnlySpan<byte> output, bool isProviderRun = false)
    {
        Utf8JsonWriter json = BeginTool("tool-output-available"u8, callId);
        json.WritePropertyName("output"u8);
        json.WriteRawValue(output, skipInputValidation: true);
        EndTool(json, isProviderRun);
    }

    public void WriteOutputError(string callId, string error)
    {
        BeginTool("tool-output-error"u8, callId).WriteString("errorText"u8, error);
        events.EndObject();
    }

    public void WriteApprovalRequest(string approvalId, string callId)
    {
        Utf8JsonWriter json = Begin("tool-approval-request"u8);
        json.WriteString("approvalId"u8, approvalId);
        json.WriteString(ToolCallId, callId);
        events.EndObject();
    }

    public void WriteSourceUrl(string id, string url, string? title)
    {
        Utf8JsonWriter json = Begin("source-url"u8);
        json.WriteString("sourceId"u8, id);
        json.WriteString("url"u8, url);
        if (title is not null) json.WriteString("title"u8, title);
        events.EndObject();
    }

    public void WriteSourceDocument(string id, string mediaType, string title, string? fileName)
    {
        Utf8JsonWriter json = Begin("source-document"u8);
        json.WriteString("sourceId"u8, id);
        json.WriteString("mediaType"u8, mediaType);
        json.WriteString("title"u8, title);
        if (fileName is not null) json.WriteString("filename"u8, fileName);
        events.EndObject();
    }

    public void WriteFile(string url, string mediaType)
    {
        Utf8JsonWriter json = Begin("file"u8);
        json.WriteString("url"u8, url);
        json.WriteString("mediaType"u8, mediaType);
        events.EndObject();
    }

    // Clients end with a validation error at a value that they do not know.
    private static ReadOnlySpan<byte> NameOf(ChatFinishReason reason) => reason switch
    {
        _ when reason == ChatFinishReason.Stop => "stop"u8,
        _ when reason == ChatFinishReason.Length => "length"u8,
        _ when reason == ChatFinishReason.ContentFilter => "content-filter"u8,
        _ when reason == ChatFinishReason.ToolCalls => "tool-calls"u8,
        { Value: "error" } => "error"u8,
        _ => "other"u8,
    };

    // The names that the AI SDK gives to usage.
    private static void WriteUsage(Utf8JsonWriter json, UsageDetails usage)
    {
        json.WriteStartObject("messageMetadata"u8);
        json.WriteStartObject("usage"u8);
        if (usage.InputTokenCount is { } input) json.WriteNumber("inputTokens"u8, input);
        if (usage.OutputTokenCount is { } output) json.WriteNumber("outputTokens"u8, output);
        if (WireUsage.TotalOf(usage) is { } total) json.WriteNumber("totalTokens"u8, total);
        if (usage.ReasoningTokenCount is { } reasoning) json.WriteNumber("reasoningTokens"u8, reasoning);
        if (usage.CachedInputTokenCount is { } cached) json.WriteNumber("cachedInputTokens"u8, cached);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private Utf8JsonWriter Begin(ReadOnlySpan<byte> type)
    {
        Utf8JsonWriter json = events.BeginObject();
        json.WriteString(Type, type);
        return json;
    }

    private Utf8JsonWriter BeginTool(ReadOnlySpan<byte> type, string callId)
    {
        Utf8JsonWriter json = Begin(type);
        json.WriteString(ToolCallId, callId);
        return json;
    }

    private void EndTool(Utf8JsonWriter json, bool isProviderRun)
    {
        if (isProviderRun)
        {
            json.WriteBoolean("providerExecuted"u8, true);
            json.WriteBoolean("dynamic"u8, true);
        }

        events.EndObject();
    }

    private void WriteEmpty(ReadOnlySpan<byte> type)
    {
        Begin(type);
        events.EndObject();
    }

    private void WritePart(JsonEncodedText type, JsonEncodedText id)
    {
        Utf8JsonWriter json = events.BeginObject();
        json.WriteString(Type, type);
        json.WriteString(Id, id);
        events.EndObject();
    }
}
