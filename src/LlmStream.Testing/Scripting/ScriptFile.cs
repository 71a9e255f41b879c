using System.Text.Json;
using LlmStream.Transport;

namespace LlmStream.Testing.Scripting;

/// <summary>Reads a script from JSON; the format is described at <see cref="Script.Parse"/>.</summary>
internal static class ScriptFile
{
    private static readonly string[] Contents = ["answer", "endless", "status", "raw", "replay", "redirect", "html", "json", "noResponse"];

    public static Script Parse(string json, string directory)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            JsonElement root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Array) return Step(root, directory);
            if (root.GetArrayLength() == 0) throw new FormatException("The script has no step.");
            return root.EnumerateArray().Select(step => Step(step, directory)).Aggregate((script, next) => script.Then(next));
        }
        catch (JsonException e)
        {
            throw new FormatException($"The script is not JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KeyNotFoundException)
        {
            throw new FormatException($"The script is not right: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    private static Script Step(JsonElement step, string directory)
    {
        if (step.ValueKind is not JsonValueKind.Object) throw new FormatException("A step of the script is not a JSON object.");
        JsonProperty content = default;
        int count = 0;
        foreach (JsonProperty property in step.EnumerateObject().Where(property => Contents.Contains(property.Name, StringComparer.Ordinal)))
        {
            (content, count) = (property, count + 1);
        }

        if (count != 1) throw new FormatException($"A step of the script needs exactly one of {string.Join(", ", Contents)}.");
        Script script = Begin(content, step, directory);
        foreach (JsonProperty property in step.EnumerateObject())
        {
            if (!property.NameEquals(content.Name)) script = Describe(script, property);
        }

        return script;
    }

    private static Script Begin(JsonProperty content, JsonElement step, string directory) => content.Name switch
    {
        "answer" => Script.Answer(Text(content)),
        "endless" => Script.Endless(Text(content)),
        "status" => Script.Status(Number(content), step.TryGetProperty("body", out JsonElement body) ? body.GetString() : null),
        "raw" => Script.Raw(Text(content)),
        "replay" => Script.Replay(Path.Combine(directory, Text(content))),
        "redirect" => Script.Redirect(new Uri(Text(content), UriKind.RelativeOrAbsolute)),
        "html" => Script.Html(Text(content)),
        "json" => Script.Json(Text(content)),
        _ => Script.NoResponse(),
    };

    private static Script Describe(Script script, JsonProperty property)
    {
        JsonElement value = property.Value;
        return property.Name switch
        {
            "body" => script,
            "reasoning" => script.WithReasoning(Text(property)),
            "toolCalls" => value.EnumerateArray().Aggregate(script, (script, call) => script.WithToolCall(
                call.GetProperty("name").GetString()!,
                call.GetProperty("arguments").GetString()!,
                call.TryGetProperty("id", out JsonElement id) ? id.GetString() : null)),
            "chunk" => script.InChunksOf(Number(property)),
            "model" => script.WithModel(Text(property)),
            "finish" => value.ValueKind is JsonValueKind.False ? script.WithoutFinish() : script.WithFinish(Text(property)),
            "done" => value.GetBoolean() ? script : script.WithoutDone(),
            "usage" => value.GetBoolean() ? script.WithUsage() : script.WithoutUsage(),
            "continuation" => value.EnumerateArray().Aggregate(script, (script, how) => Continue(script, how.GetString()!)),
            "faults" => value.EnumerateArray().Aggregate(script, (script, fault) => script.WithFault(fault.GetString()!)),
            "headers" => value.EnumerateObject().Aggregate(script, (script, header) => script.WithHeader(header.Name, Text(header))),
            "contentType" => script.WithContentType(Text(property)),
            "retryAfter" => script.RetryAfter(TimeSpan.FromSeconds(value.GetDouble())),
            "delay" => script.After(TimeSpan.FromSeconds(value.GetDouble())),
            "rate" => script.AtRate(value.GetDouble()),
            "writes" => script.InWritesOf(Number(property)),
            "lineEnd" => script.WithLineEnds(Text(property) switch
            {
                "lf" => LineEnd.Lf,
                "crlf" => LineEnd.CrLf,
                "cr" => LineEnd.Cr,
                _ => throw new FormatException("'lineEnd' is lf, crlf or cr."),
            }),
            "bom" => value.GetBoolean() ? script.WithByteOrderMark() : script,
            "keepAlive" => script.WithKeepAlives(Text(property)),
            _ => throw new FormatException($"A step of the script has no '{property.Name}'."),
        };
    }

    private static Script Continue(Script script, string how) => how.Split(':', 2) switch
    {
        ["echo"] => script.EchoingPrefix(),
        ["overlap", string n] when int.TryParse(n, out int characters) => script.Overlapping(characters),
        ["startOver"] => script.StartingOver(),
        ["refusePrefill"] => script.RefusingPrefill(),
        ["need", string flag] => script.NeedingFlag(flag),
        _ => throw new FormatException($"There is no continuation '{how}'; expected echo, overlap:N, startOver, refusePrefill or need:FLAG."),
    };

    private static string Text(JsonProperty property) =>
        property.Value.ValueKind is JsonValueKind.String ? property.Value.GetString()! : throw new FormatException($"'{property.Name}' must be a string.");

    private static int Number(JsonProperty property) =>
        property.Value.ValueKind is JsonValueKind.Number && property.Value.TryGetInt32(out int number) ? number : throw new FormatException($"'{property.Name}' must be a whole number.");
}
