using System.Text.Json;

namespace LlmStream.AspNetCore.Wires.UIMessages;

/// <summary>
/// The parts that a message had before the answer which continues it. <c>useChat</c> resets a message when it resumes a stream, so that the
/// replay has to begin with them; a client that has just sent them must not get them.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item>The input of a call is sent as a delta: <c>tool-input-available</c> would have the application run the tool again.</item>
/// <item>Values of other kinds than clients accept, and parts that are unknown, are left out.</item>
/// </list>
/// </remarks>
internal sealed class UIEarlierParts(EventWriter events)
{
    private int _count;
    private bool _isStepOpen;

    /// <summary>Writes the parts.</summary>
    /// <param name="parts">A JSON array of parts, as the client sent them.</param>
    public void Write(ReadOnlyMemory<byte> parts)
    {
        using JsonDocument document = JsonDocument.Parse(parts, new JsonDocumentOptions { MaxDepth = UIJson.MaxDepth });
        foreach (JsonElement part in document.RootElement.EnumerateArray()) Write(part, TextOf(part, "type") ?? "");
        CloseStep();
    }

    private void Write(JsonElement part, string type)
    {
        switch (type)
        {
            case "step-start":
                CloseStep();
                _isStepOpen = true;
                Begin("start-step");
                events.EndObject();
                break;
            case "text" or "reasoning":
                WriteGrown(part, type);
                break;
            case "file" when TextOf(part, "url") is not null && TextOf(part, "mediaType") is not null:
                Copy(part, type, "url", "mediaType");
                break;
            case "source-url" when TextOf(part, "sourceId") is not null && TextOf(part, "url") is not null:
                Copy(part, type, "sourceId", "url", "title");
                break;
            case "dynamic-tool":
                WriteCall(part, TextOf(part, "toolName"), isDynamic: true);
                break;
            case ['t', 'o', 'o', 'l', '-', _, ..]:
                WriteCall(part, type["tool-".Length..], isDynamic: false);
                break;
            case ['d', 'a', 't', 'a', '-', _, ..] when part.TryGetProperty("data"u8, out JsonElement data):
                Utf8JsonWriter json = Begin(type);
                if (TextOf(part, "id") is { } id) json.WriteString("id"u8, id);
                json.WritePropertyName("data"u8);
                data.WriteTo(json);
                events.EndObject();
                break;
        }
    }

    private void WriteGrown(JsonElement part, string type)
    {
        if (TextOf(part, "text") is not { } text) return;
        string id = $"earlier-{++_count}";
        Begin($"{type}-start").WriteString("id"u8, id);
        events.EndObject();
        Utf8JsonWriter json = Begin($"{type}-delta");
        json.WriteString("id"u8, id);
        json.WriteString("delta"u8, text);
        events.EndObject();
        json = Begin($"{type}-end");
        json.WriteString("id"u8, id);
        if (part.TryGetProperty("providerMetadata"u8, out JsonElement metadata) && metadata.ValueKind == JsonValueKind.Object)
        {
            json.WritePropertyName("providerMetadata"u8);
            metadata.WriteTo(json);
        }

        events.EndObject();
    }

    private void WriteCall(JsonElement part, string? name, bool isDynamic)
    {
        if (TextOf(part, "toolCallId") is not { Length: > 0 } id || string.IsNullOrEmpty(name)) return;
        bool isProviderRun = part.TryGetProperty("providerExecuted"u8, out JsonElement flag) && flag.ValueKind == JsonValueKind.True;
        BeginCall("tool-input-start").WriteString("toolName"u8, name);
        events.EndObject();
        if (part.TryGetProperty("input"u8, out JsonElement input) && input.ValueKind == JsonValueKind.Object)
        {
            Utf8JsonWriter delta = Begin("tool-input-delta");
            delta.WriteString("toolCallId"u8, id);
            delta.WriteString("inputTextDelta"u8, input.GetRawText());
            events.EndObject();
        }

        switch (TextOf(part, "state"))
        {
            case "output-available" when part.TryGetProperty("output"u8, out JsonElement output):
                Utf8JsonWriter json = BeginCall("tool-output-available");
                json.WritePropertyName("output"u8);
                output.WriteTo(json);
                events.EndObject();
                break;
            case "output-error":
                BeginCall("tool-output-error").WriteString("errorText"u8, TextOf(part, "errorText") ?? "The tool failed.");
                events.EndObject();
                break;
        }

        Utf8JsonWriter BeginCall(string type)
        {
            Utf8JsonWriter json = Begin(type);
            json.WriteString("toolCallId"u8, id);
            if (isProviderRun) json.WriteBoolean("providerExecuted"u8, true);
            if (isDynamic) json.WriteBoolean("dynamic"u8, true);
            return json;
        }
    }

    private void Copy(JsonElement part, string type, params ReadOnlySpan<string> names)
    {
        Utf8JsonWriter json = Begin(type);
        foreach (string name in names)
        {
            if (TextOf(part, name) is { } text) json.WriteString(name, text);
        }

        events.EndObject();
    }

    private void CloseStep()
    {
        if (!_isStepOpen) return;
        _isStepOpen = false;
        Begin("finish-step");
        events.EndObject();
    }

    private Utf8JsonWriter Begin(string type)
    {
        Utf8JsonWriter json = events.BeginObject();
        json.WriteString("type"u8, type);
        return json;
    }

    private static string? TextOf(JsonElement part, string name) =>
        part.ValueKind == JsonValueKind.Object
            && part.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
