using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.OpenAI;

/// <summary>A whole answer as one <c>chat.completion</c> object, for requests without <c>"stream": true</c>.</summary>
/// <remarks>
/// The same fields as in chunks (<see cref="OpenAIWire"/>), in <c>message</c>. Usage is always there if the provider reported it. A
/// rewritten text is no failure here: only the last version is sent.
/// </remarks>
internal static class OpenAICompletion
{
    /// <summary>Writes the object.</summary>
    public static void Write(IBufferWriter<byte> output, ChatStreamResult answer, WireContext context)
    {
        using var json = new Utf8JsonWriter(output, EventWriter.JsonOptions);
        json.WriteStartObject();
        WriteHead(json, context, "chat.completion"u8, answer.Stream.Model, answer.Stream.CreatedAt);
        json.WriteStartArray("choices"u8);
        if (answer.Choices.Count == 0) WriteChoice(json, new ChatChoice(), context);
        foreach (ChatChoice choice in answer.Choices) WriteChoice(json, choice, context);
        json.WriteEndArray();
        if (answer.Usage is { } usage)
        {
            json.WritePropertyName("usage"u8);
            OpenAIUsage.Write(json, usage);
        }

        json.WriteEndObject();
    }

    /// <summary>Writes the properties with which an answer and a chunk begin.</summary>
    public static void WriteHead(
        Utf8JsonWriter json, WireContext context, ReadOnlySpan<byte> type, string? model, DateTimeOffset? created)
    {
        bool hasPrefix = context.MessageId.StartsWith("chatcmpl-", StringComparison.Ordinal);
        json.WriteString("id"u8, hasPrefix ? context.MessageId : "chatcmpl-" + context.MessageId);
        json.WriteString("object"u8, type);
        json.WriteNumber("created"u8, (created ?? context.Created).ToUnixTimeSeconds());
        json.WriteString("model"u8, model ?? context.Model ?? "default");
    }

    private static void WriteChoice(Utf8JsonWriter json, ChatChoice choice, WireContext context)
    {
        List<ToolCall> calls = CallsToRun(choice);
        json.WriteStartObject();
        json.WriteNumber("index"u8, choice.Index);
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        // These two are null, not left out, if there is none (platform.openai.com/docs/api-reference/chat/object).
        WriteTextOrNull(json, "content"u8, choice.Text, isNull: choice.Text.Length == 0 && (calls.Count > 0 || choice.Refusal.Length > 0));
        WriteTextOrNull(json, "refusal"u8, choice.Refusal, isNull: choice.Refusal.Length == 0);
        if (choice.Reasoning.Length > 0) json.WriteString("reasoning_content"u8, choice.Reasoning);
        if (calls.Count > 0) WriteCalls(json, choice, calls, context);
        WriteContents(json, choice);
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        json.WriteString("finish_reason"u8, OpenAIFinishReason.Of(choice.FinishReason, calls.Count > 0));
        json.WriteEndObject();
    }

    /// <summary>The calls to which the server has no result.</summary>
    private static List<ToolCall> CallsToRun(ChatChoice choice)
    {
        List<ToolCall> calls = [.. choice.ToolCalls.Where(call => call.Name.Length > 0)];
        foreach (FunctionResultContent result in choice.OtherContents.OfType<FunctionResultContent>())
        {
            int answered = calls.FindIndex(call => call.Id == result.CallId);
            if (answered >= 0) calls.RemoveAt(answered);
        }

        return calls;
    }

    private static void WriteTextOrNull(Utf8JsonWriter json, ReadOnlySpan<byte> name, string text, bool isNull)
    {
        if (isNull) json.WriteNull(name);
        else json.WriteString(name, text);
    }

    private static void WriteCalls(Utf8JsonWriter json, ChatChoice choice, List<ToolCall> calls, WireContext context)
    {
        json.WriteStartArray("tool_calls"u8);
        foreach (ToolCall call in calls)
        {
            string id = string.IsNullOrEmpty(call.Id) ? OpenAIToolCall.CreateId(context, choice.Index, call.Index) : call.Id;
            json.WriteStartObject();
            OpenAIToolCall.WriteFields(json, id, call.Name, call.Arguments);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteContents(Utf8JsonWriter json, ChatChoice choice)
    {
        List<CitationAnnotation> citations = [.. choice.OtherContents.SelectMany(OpenAIContents.Citations)];
        if (citations.Count > 0) OpenAIContents.WriteCitations(json, citations);
        List<string> images = [.. choice.OtherContents.Select(OpenAIContents.ImageUrl).OfType<string>()];
        if (images.Count == 0) return;
        json.WriteStartArray("images"u8);
        for (int i = 0; i < images.Count; i++) OpenAIContents.WriteImage(json, images[i], i);
        json.WriteEndArray();
    }
}
