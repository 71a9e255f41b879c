using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Cli.Inspect;

/// <summary>An inspection as one line of JSON, for programs.</summary>
internal static class InspectionJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// The line: <c>family</c>, <c>terminal</c> (whether a signal of an end was seen), <c>error</c>, <c>usage</c>,
    /// <c>choices</c> by index, <c>file</c>, <c>ending</c>; <c>cumulative</c> for a dialect that has both modes.
    /// </summary>
    public static string Write(Inspection inspection)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            json.WriteString("family", inspection.Conventions.Family ?? inspection.Dialect.Name);
            json.WriteBoolean("terminal", inspection.Decoding.EndMarkers > 0 || inspection.Decoding.FinishReasons > 0);
            WriteError(json, inspection);
            WriteUsage(json, inspection.Result.Usage);
            WriteChoices(json, inspection);
            json.WriteString("file", inspection.Path);
            if (inspection.Decoder.Dialect.TextMode == ChatTextMode.Auto)
                json.WriteBoolean("cumulative", inspection.Decoder.Answer.Choices.Any(choice => choice.IsTextCumulative));
            if (inspection.Decoding.MalformedEvents > 0) json.WriteNumber("unparsed", inspection.Decoding.MalformedEvents);
            json.WriteString("ending", inspection.Ending);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static void WriteError(Utf8JsonWriter json, Inspection inspection)
    {
        if (inspection.Decoder.ReportedFault is not { } fault)
        {
            json.WriteNull("error");
            return;
        }

        json.WriteStartObject("error");
        json.WriteString("code", fault.Code);
        json.WriteString("message", fault.Message);
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

    private static void WriteChoices(Utf8JsonWriter json, Inspection inspection)
    {
        json.WriteStartObject("choices");
        foreach (ChatChoice choice in inspection.Result.Choices)
        {
            json.WriteStartObject(choice.Index.ToString(CultureInfo.InvariantCulture));
            json.WriteString("text", choice.Text);
            json.WriteString("reasoning", choice.Reasoning);
            json.WriteString("refusal", choice.Refusal);
            json.WriteString("finish", inspection.FinishOf(choice));
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
