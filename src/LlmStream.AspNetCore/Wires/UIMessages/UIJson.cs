using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.UIMessages;

/// <summary>JSON values that applications and models provide, as JSON on one line.</summary>
internal static class UIJson
{
    public const int MaxDepth = 256;

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Serializes what a tool returned. A value that cannot be serialized, because no contract for its type is known, becomes its text.
    /// </summary>
    public static byte[] Serialize(object? value)
    {
        byte[] json = SerializeAny(value);
        return IsAccepted(json) ? json : SerializeAny(System.Text.Encoding.UTF8.GetString(json));
    }

    /// <summary>
    /// Whether the client accepts a JSON value. It ends with an error at an event with a property <c>__proto__</c>, or <c>prototype</c>
    /// of <c>constructor</c> (@ai-sdk/provider-utils, src/secure-json-parse.ts), which a page that a tool read may contain.
    /// </summary>
    public static bool IsAccepted(ReadOnlySpan<byte> json)
    {
        bool hasConstructor = false, hasPrototype = false;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName) continue;
                if (reader.ValueTextEquals("__proto__"u8)) return false;
                hasConstructor |= reader.ValueTextEquals("constructor"u8);
                hasPrototype |= reader.ValueTextEquals("prototype"u8);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false; // too deep, or half of a surrogate pair
        }

        return !hasConstructor || !hasPrototype;
    }

    private static byte[] SerializeAny(object? value) => value switch
    {
        null => [.. "null"u8],
        JsonElement { ValueKind: JsonValueKind.Undefined } => [.. "null"u8],
        // Not with a writer: it fails at half of a surrogate pair.
        JsonElement element => RemoveWhiteSpace(System.Text.Encoding.UTF8.GetBytes(element.GetRawText())),
        JsonDocument document => SerializeAny(document.RootElement),
        string text => Write(json => json.WriteStringValue(text)),
        AIContent content => SerializeAny(Describe(content)),
        IEnumerable<AIContent> contents => SerializeAny(Describe(contents)),
        _ => SerializeByContract(value),
    };

    /// <summary>Removes white space between tokens.</summary>
    /// <param name="json">Valid JSON.</param>
    public static byte[] RemoveWhiteSpace(byte[] json)
    {
        int length = 0;
        bool isInString = false;
        for (int i = 0; i < json.Length; i++)
        {
            byte current = json[i];
            if (!isInString && current is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t') continue;
            json[length++] = current;
            if (current == '"') isInString = !isInString;
            else if (isInString && current == '\\') json[length++] = json[++i];
        }

        return json[..length];
    }

    /// <summary>The first token of a JSON text, or <see cref="JsonTokenType.None"/> if it is not valid JSON.</summary>
    public static JsonTokenType KindOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            if (!reader.Read()) return JsonTokenType.None;
            JsonTokenType kind = reader.TokenType;
            while (reader.Read())
            {
                // To its end.
            }

            return kind;
        }
        catch (JsonException)
        {
            return JsonTokenType.None;
        }
    }

    private static byte[] SerializeByContract(object value)
    {
        try
        {
            if (value is JsonNode node) return Write(json => node.WriteTo(json));
            // If reflection is enabled, these options know every type; if not, those of Microsoft.Extensions.AI.
            if (AIJsonUtilities.DefaultOptions.TryGetTypeInfo(value.GetType(), out JsonTypeInfo? typeInfo))
                return RemoveWhiteSpace(JsonSerializer.SerializeToUtf8Bytes(value, typeInfo));
        }
        catch (Exception exception) when (exception is NotSupportedException or JsonException or InvalidOperationException)
        {
            // Reported as text.
        }

        return SerializeAny(value.ToString() ?? "");
    }

    private static JsonNode? Describe(AIContent content) => content switch
    {
        TextContent text => text.Text,
        DataContent data => new JsonObject { ["type"] = "file", ["url"] = data.Uri, ["mediaType"] = data.MediaType },
        UriContent link => new JsonObject { ["type"] = "file", ["url"] = link.Uri.OriginalString, ["mediaType"] = link.MediaType },
        HostedFileContent file => new JsonObject { ["type"] = "file", ["fileId"] = file.FileId },
        ErrorContent => new JsonObject { ["type"] = "error" }, // what it says is not for the browser
        _ => null,
    };

    private static JsonArray Describe(IEnumerable<AIContent> contents)
    {
        var array = new JsonArray();
        foreach (AIContent content in contents)
        {
            if (Describe(content) is { } node) array.Add(node);
        }

        return array;
    }

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, WriterOptions)) write(json);
        return buffer.WrittenSpan.ToArray();
    }
}
