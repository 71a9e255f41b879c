using System.Text.Json;

namespace LlmStream.Testing.Scripting;

/// <summary>Parses a script from JSON. <see cref="Script.Parse"/> documents the format.</summary>
internal static class ScriptFile
{
    private static readonly string[] ContentFields =
        ["answer", "endless", "status", "raw", "replay", "redirect", "html", "json", "noResponse"];

    /// <param name="json">The script.</param>
    /// <param name="directory">The directory to which the paths of recordings are relative.</param>
    /// <exception cref="FormatException">The script is invalid.</exception>
    public static Script Parse(string json, string directory)
    {
        ArgumentNullException.ThrowIfNull(json);
        var options = new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, options);
            JsonElement root = document.RootElement;
            if (root.ValueKind is not JsonValueKind.Array) return ParseStep(root, directory);
            if (root.GetArrayLength() == 0) throw new FormatException("The script has no steps.");
            return root.EnumerateArray().Select(step => ParseStep(step, directory)).Aggregate((script, next) => script.Then(next));
        }
        catch (JsonException e)
        {
            throw new FormatException($"The script is not valid JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or KeyNotFoundException)
        {
            throw new FormatException($"The script is invalid: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    private static Script ParseStep(JsonElement step, string directory)
    {
        if (step.ValueKind is not JsonValueKind.Object) throw new FormatException("A step of the script is not a JSON object.");
        JsonProperty[] contents =
            [.. step.EnumerateObject().Where(property => ContentFields.Contains(property.Name, StringComparer.Ordinal))];
        if (contents is not [JsonProperty content])
            throw new FormatException($"A step of the script must have exactly one of {string.Join(", ", ContentFields)}.");

        Script script = CreateStep(content, step, directory);
        foreach (JsonProperty property in step.EnumerateObject())
        {
            if (!property.NameEquals(content.Name)) script = ApplyField(script, property);
        }

        return script;
    }

    private static Script CreateStep(JsonProperty content, JsonElement step, string directory) => content.Name switch
    {
        "answer" => Script.Answer(GetString(content)),
        "endless" => Script.Endless(GetString(content)),
        "status" => Script.Status(GetInteger(content), step.TryGetProperty("body", out JsonElement body) ? body.GetString() : null),
        "raw" => Script.Raw(GetString(content)),
        "replay" => Script.Recording(Path.Combine(directory, GetString(content))),
        "redirect" => Script.Redirect(new Uri(GetString(content), UriKind.RelativeOrAbsolute)),
        "html" => Script.Html(GetString(content)),
        "json" => Script.Json(GetString(content)),
        _ => Script.NoResponse(),
    };

    private static Script ApplyField(Script script, JsonProperty property)
    {
        JsonElement value = property.Value;
        return property.Name switch
        {
            "body" => script, // read together with "status"
            "reasoning" => script.WithReasoning(GetString(property)),
            "toolCalls" => value.EnumerateArray().Aggregate(script, ApplyToolCall),
            "chunk" => script.InChunksOf(GetInteger(property)),
            "model" => script.WithModel(GetString(property)),
            "finish" when value.ValueKind is JsonValueKind.False => script.WithoutFinishReason(),
            "finish" => script.WithFinishReason(GetString(property)),
            "done" => value.GetBoolean() ? script : script.WithoutEndMarker(),
            "usage" => value.GetBoolean() ? script.WithUsage() : script.WithoutUsage(),
            "continuation" => value.EnumerateArray().Aggregate(script, ApplyContinuation),
            "faults" => value.EnumerateArray().Aggregate(script, (script, fault) => script.WithFault(fault.GetString()!)),
            "headers" => value.EnumerateObject().Aggregate(script, (script, header) => script.WithHeader(header.Name, GetString(header))),
            "contentType" => script.WithContentType(GetString(property)),
            "retryAfter" => script.WithRetryAfter(TimeSpan.FromSeconds(value.GetDouble())),
            "delay" => script.WithDelay(TimeSpan.FromSeconds(value.GetDouble())),
            "rate" => script.WithRate(value.GetDouble()),
            "writes" => script.InWritesOf(GetInteger(property)),
            "lineEnd" => script.WithLineEndings(ParseLineEnding(GetString(property))),
            "bom" => value.GetBoolean() ? script.WithByteOrderMark() : script,
            "keepAlive" => script.WithKeepAlives(GetString(property)),
            _ => throw new FormatException($"'{property.Name}' is not a field of a step of a script."),
        };
    }

    private static Script ApplyToolCall(Script script, JsonElement call) => script.WithToolCall(
        call.GetProperty("name").GetString()!,
        call.GetProperty("arguments").GetString()!,
        call.TryGetProperty("id", out JsonElement id) ? id.GetString() : null);

    private static Script ApplyContinuation(Script script, JsonElement behavior) => behavior.GetString()!.Split(':', 2) switch
    {
        ["echo"] => script.EchoingPrefix(),
        ["overlap", string n] when int.TryParse(n, out int characters) => script.Overlapping(characters),
        ["startOver"] => script.StartingOver(),
        ["refusePrefill"] => script.RefusingPrefill(),
        ["need", string flag] => script.RequiringFlag(flag),
        _ => throw new FormatException(
            $"Unknown continuation '{behavior}'; expected echo, overlap:N, startOver, refusePrefill or need:FLAG."),
    };

    private static LineEnding ParseLineEnding(string name) => name switch
    {
        "lf" => LineEnding.Lf,
        "crlf" => LineEnding.CrLf,
        "cr" => LineEnding.Cr,
        _ => throw new FormatException("'lineEnd' must be lf, crlf or cr."),
    };

    private static string GetString(JsonProperty property) =>
        property.Value.ValueKind is JsonValueKind.String
            ? property.Value.GetString()!
            : throw new FormatException($"'{property.Name}' must be a string.");

    private static int GetInteger(JsonProperty property) =>
        property.Value.ValueKind is JsonValueKind.Number && property.Value.TryGetInt32(out int number)
            ? number
            : throw new FormatException($"'{property.Name}' must be an integer.");
}
