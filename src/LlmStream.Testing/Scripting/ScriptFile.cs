using System.Globalization;
using System.Text.Json;

namespace LlmStream.Testing.Scripting;

/// <summary>Parses a script from JSON. <see cref="Script.Parse"/> documents the format.</summary>
internal static class ScriptFile
{
    private const int MaxSeconds = 1_000_000; // as in faults

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
            if (root.ValueKind is not JsonValueKind.Array) return ParseStep(root, 1, directory);
            if (root.GetArrayLength() == 0) throw new FormatException("The script has no steps.");
            return root.EnumerateArray()
                .Select((step, index) => ParseStep(step, index + 1, directory))
                .Aggregate((script, next) => script.Then(next));
        }
        catch (JsonException e)
        {
            throw new FormatException($"The script is not valid JSON: {e.Message}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            throw new FormatException($"The script is invalid: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    private static Script ParseStep(JsonElement step, int number, string directory)
    {
        string place = string.Create(CultureInfo.InvariantCulture, $"step {number}");
        if (step.ValueKind is not JsonValueKind.Object) throw new FormatException($"{place}: must be a JSON object.");
        JsonProperty[] contents =
            [.. step.EnumerateObject().Where(property => ContentFields.Contains(property.Name, StringComparer.Ordinal))];
        if (contents is not [JsonProperty content])
        {
            string fields = string.Join(", ", step.EnumerateObject().Select(property => $"\"{property.Name}\""));
            throw new FormatException(
                $"{place}: must have exactly one of {string.Join(", ", ContentFields)}; has {(fields.Length == 0 ? "none" : fields)}.");
        }

        Script script = Apply(place, content.Name, () => CreateStep(content, step, directory));
        foreach (JsonProperty property in step.EnumerateObject())
        {
            if (!property.NameEquals(content.Name)) script = Apply(place, property.Name, () => ApplyField(script, property));
        }

        return script;
    }

    /// <summary>Names the step and the field in the exception for a value that a script does not take.</summary>
    private static Script Apply(string place, string field, Func<Script> apply)
    {
        try
        {
            return apply();
        }
        catch (FormatException e)
        {
            bool namesField = e.Message.StartsWith('"');
            throw new FormatException(namesField ? $"{place}: {e.Message}" : $"{place}: \"{field}\": {e.Message}", e);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or OverflowException)
        {
            string reason = e.Message.ReplaceLineEndings(" ").Split(" (Parameter", 2)[0];
            throw new FormatException($"{place}: \"{field}\" is invalid: {reason}", e);
        }
    }

    private static Script CreateStep(JsonProperty content, JsonElement step, string directory) => content.Name switch
    {
        "answer" => Script.Answer(GetString(content)),
        "endless" => Script.Endless(GetString(content)),
        "status" => Script.Status(GetInteger(content), step.TryGetProperty("body", out JsonElement body) ? GetString(body, "body") : null),
        "raw" => Script.Raw(GetString(content)),
        "replay" => Script.Recording(Path.Combine(directory, GetString(content))),
        "redirect" => Script.Redirect(new Uri(GetString(content), UriKind.RelativeOrAbsolute)),
        "html" => Script.Html(GetString(content)),
        "json" => Script.Json(GetString(content)),
        _ => Script.NoResponse(),
    };

    private static Script ApplyField(Script script, JsonProperty property) => property.Name switch
    {
        "body" => script, // read together with "status"
        "reasoning" => script.WithReasoning(GetString(property)),
        "toolCalls" => GetItems(property).Aggregate(script, ApplyToolCall),
        "chunk" => script.InChunksOf(GetInteger(property)),
        "model" => script.WithModel(GetString(property)),
        "finish" when property.Value.ValueKind is JsonValueKind.False => script.WithoutFinishReason(),
        "finish" => script.WithFinishReason(GetString(property)),
        "done" => GetBoolean(property) ? script : script.WithoutEndMarker(),
        "usage" => GetBoolean(property) ? script.WithUsage() : script.WithoutUsage(),
        "continuation" => GetItems(property).Aggregate(script, ApplyContinuation),
        "faults" => GetItems(property).Aggregate(script, (script, fault) => script.WithFault(GetString(fault.Value, fault.Name))),
        "headers" => GetMembers(property).Aggregate(script, (script, header) => script.WithHeader(header.Name, GetString(header))),
        "contentType" => script.WithContentType(GetString(property)),
        "retryAfter" => script.WithRetryAfter(GetSeconds(property)),
        "delay" => script.WithDelay(GetSeconds(property)),
        "rate" => script.WithRate(GetNumber(property)),
        "writes" => script.InWritesOf(GetInteger(property)),
        "lineEnd" => script.WithLineEndings(ParseLineEnding(GetString(property))),
        "bom" => GetBoolean(property) ? script.WithByteOrderMark() : script,
        "keepAlive" => script.WithKeepAlives(GetString(property)),
        _ => throw new FormatException($"\"{property.Name}\" is not a field of a step."),
    };

    private static Script ApplyToolCall(Script script, (string Name, JsonElement Value) call)
    {
        if (call.Value.ValueKind is not JsonValueKind.Object) throw new FormatException($"\"{call.Name}\" must be an object.");
        return script.WithToolCall(GetMember("name", isRequired: true)!, GetMember("arguments", isRequired: true)!, GetMember("id"));

        string? GetMember(string name, bool isRequired = false) =>
            call.Value.TryGetProperty(name, out JsonElement value) ? GetString(value, $"{call.Name}.{name}")
            : isRequired ? throw new FormatException($"\"{call.Name}.{name}\" is missing.")
            : null;
    }

    private static Script ApplyContinuation(Script script, (string Name, JsonElement Value) behavior) =>
        GetString(behavior.Value, behavior.Name).Split(':', 2) switch
        {
            ["echo"] => script.EchoingPrefix(),
            ["overlap", string n] when int.TryParse(n, out int characters) => script.Overlapping(characters),
            ["startOver"] => script.StartingOver(),
            ["refusePrefill"] => script.RefusingPrefill(),
            ["need", string flag] => script.RequiringFlag(flag),
            _ => throw new FormatException(
                $"\"{behavior.Name}\" is '{behavior.Value}'; expected echo, overlap:N, startOver, refusePrefill or need:FLAG."),
        };

    private static LineEnding ParseLineEnding(string name) => name switch
    {
        "lf" => LineEnding.Lf,
        "crlf" => LineEnding.CrLf,
        "cr" => LineEnding.Cr,
        _ => throw new FormatException("\"lineEnd\" must be lf, crlf or cr."),
    };

    private static string GetString(JsonProperty property) => GetString(property.Value, property.Name);

    private static string GetString(JsonElement value, string name) =>
        value.ValueKind is JsonValueKind.String ? value.GetString()! : throw new FormatException($"\"{name}\" must be a string.");

    private static int GetInteger(JsonProperty property) =>
        property.Value.ValueKind is JsonValueKind.Number && property.Value.TryGetInt32(out int number)
            ? number
            : throw new FormatException($"\"{property.Name}\" must be an integer.");

    private static double GetNumber(JsonProperty property) =>
        property.Value.ValueKind is JsonValueKind.Number
            ? property.Value.GetDouble()
            : throw new FormatException($"\"{property.Name}\" must be a number.");

    private static TimeSpan GetSeconds(JsonProperty property) =>
        GetNumber(property) is >= 0 and <= MaxSeconds and var seconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new FormatException($"\"{property.Name}\" must be a number of seconds from 0 to {MaxSeconds}.");

    private static bool GetBoolean(JsonProperty property) =>
        property.Value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? property.Value.GetBoolean()
            : throw new FormatException($"\"{property.Name}\" must be true or false.");

    private static IEnumerable<JsonProperty> GetMembers(JsonProperty property) =>
        property.Value.ValueKind is JsonValueKind.Object
            ? property.Value.EnumerateObject()
            : throw new FormatException($"\"{property.Name}\" must be an object.");

    private static IEnumerable<(string Name, JsonElement Value)> GetItems(JsonProperty property) =>
        property.Value.ValueKind is JsonValueKind.Array
            ? property.Value.EnumerateArray().Select((value, i) =>
                (string.Create(CultureInfo.InvariantCulture, $"{property.Name}[{i}]"), value))
            : throw new FormatException($"\"{property.Name}\" must be an array.");
}
