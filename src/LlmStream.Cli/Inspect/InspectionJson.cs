using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Cli.Inspect;

/// <summary>Formats an inspection as one line of JSON, for programs.</summary>
internal static class InspectionJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // The names of the formats in the JSON. Other formats have the name of their dialect.
    private static readonly Dictionary<ChatDialect, string> Families = new()
    {
        [ChatDialect.OpenAI] = "openai-chat",
        [ChatDialect.Responses] = "openai-responses",
        [ChatDialect.Anthropic] = "anthropic-messages",
        [ChatDialect.DashScope] = "dashscope-native",
        [ChatDialect.Hunyuan] = "hunyuan-native",
    };

    /// <summary>Formats a file's inspection.</summary>
    /// <returns>
    /// An object with <c>family</c> (the format), <c>terminal</c> (whether an end signal was received), <c>error</c>, <c>usage</c>,
    /// <c>choices</c> by index, <c>file</c>, and <c>ending</c>; <c>cumulative</c> if the dialect has both text modes; and
    /// <c>unparsed</c>, the number of malformed events, if there are any.
    /// </returns>
    public static string Format(InspectedFile file)
    {
        StreamInspection inspection = file.Inspection;
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            json.WriteString("family", Families.GetValueOrDefault(inspection.Dialect, inspection.Dialect.Name));
            json.WriteBoolean("terminal", inspection.HasEndSignal);
            WriteError(json, inspection.ProviderError);
            WriteUsage(json, inspection.ReportedUsage);
            WriteChoices(json, inspection);
            json.WriteString("file", file.Path);
            if (inspection.IsTextCumulative is { } isCumulative) json.WriteBoolean("cumulative", isCumulative);
            if (inspection.MalformedEventCount > 0) json.WriteNumber("unparsed", inspection.MalformedEventCount);
            json.WriteString("ending", FormatEnding(inspection.Ending));
            json.WriteEndObject();
        }

        return TerminalText.EscapeJson(Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length));
    }

    private static string FormatEnding(StreamEnding ending) => ending switch
    {
        StreamEnding.Complete => "complete",
        StreamEnding.Truncated => "truncated",
        _ => "error",
    };

    private static void WriteError(Utf8JsonWriter json, StreamProviderError? error)
    {
        if (error is null)
        {
            json.WriteNull("error");
            return;
        }

        json.WriteStartObject("error");
        json.WriteString("code", error.Code);
        json.WriteString("message", error.Message);
        json.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter json, UsageDetails? usage)
    {
        json.WriteStartObject("usage");
        Write("input", usage?.InputTokenCount);
        Write("output", usage?.OutputTokenCount);
        Write("total", usage?.TotalTokenCount);
        Write("reasoning", usage?.ReasoningTokenCount);
        Write("cached", usage?.CachedInputTokenCount);
        json.WriteEndObject();

        void Write(string name, long? count)
        {
            if (count is { } value) json.WriteNumber(name, value);
        }
    }

    private static void WriteChoices(Utf8JsonWriter json, StreamInspection inspection)
    {
        json.WriteStartObject("choices");
        foreach (ChatChoice choice in inspection.Result.Choices)
        {
            json.WriteStartObject(choice.Index.ToString(CultureInfo.InvariantCulture));
            json.WriteString("text", choice.Text);
            json.WriteString("reasoning", choice.Reasoning);
            json.WriteString("refusal", choice.Refusal);
            json.WriteString("finish", inspection.FinishReasons.GetValueOrDefault(choice.Index));
            json.WriteStartArray("tool_calls");
            foreach (ToolCall call in choice.ToolCalls)
            {
                json.WriteStartObject();
                json.WriteString("id", call.Id);
                json.WriteString("name", call.Name);
                json.WriteString("arguments", call.Arguments);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
