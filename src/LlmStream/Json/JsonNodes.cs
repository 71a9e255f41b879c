using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace LlmStream.Json;

/// <summary>.NET values as JSON, without reflection of our own.</summary>
internal static class JsonNodes
{
    // Deep enough for any schema; a collection that holds itself ends here, and not on the stack.
    private const int MaxDepth = 64;

    // JSON that a model reads as text. Escaping all that is not ASCII would cost tokens and hide the text from it.
    private static readonly JsonWriterOptions TextOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Turns a value into JSON when its kind leaves no doubt what it is in JSON.</summary>
    /// <returns>False for any other kind.</returns>
    public static bool TryConvert(object? value, out JsonNode? node) => TryConvert(value, MaxDepth, out node);

    /// <summary>Turns any value into JSON: by its kind, else by the contract that the application registered for its type.</summary>
    /// <exception cref="ArgumentException">There is no contract for the type.</exception>
    public static JsonNode? Convert(object? value, string what)
    {
        if (TryConvert(value, out JsonNode? node)) return node;
        try
        {
            // Where reflection is enabled, this knows every type; where it is not, those of Microsoft.Extensions.AI.
            if (AIJsonUtilities.DefaultOptions.TryGetTypeInfo(value!.GetType(), out JsonTypeInfo? typeInfo))
                return JsonSerializer.SerializeToNode(value, typeInfo);
        }
        catch (Exception e) when (e is NotSupportedException or JsonException)
        {
            throw new ArgumentException($"{what} is a {value!.GetType()}, which cannot be turned into JSON: {e.Message} Make it a string, a JsonNode or a JsonElement.", nameof(value), e);
        }

        throw new ArgumentException($"{what} is a {value!.GetType()}, and how that looks in JSON is not known. Make it a string, a JsonNode or a JsonElement.", nameof(value));
    }

    /// <summary>The JSON as compact text.</summary>
    public static string ToText(JsonNode? node)
    {
        if (node is null) return "null";
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, TextOptions)) node.WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static JsonNode? FromElement(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => JsonObject.Create(element.Clone()),
        JsonValueKind.Array => JsonArray.Create(element.Clone()),
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        _ => JsonValue.Create(element.Clone()),
    };

    private static bool TryConvert(object? value, int depth, out JsonNode? node)
    {
        node = null;
        if (depth == 0) return false;
        switch (value)
        {
            case null: return true;
            case JsonNode v: node = v.DeepClone(); return true; // a node has one parent, and this one may have its own
            case JsonElement v: node = FromElement(v); return true;
            case JsonDocument v: node = FromElement(v.RootElement); return true;
            case string v: node = v; return true;
            case bool v: node = v; return true;
            case int v: node = v; return true;
            case long v: node = v; return true;
            case double v when double.IsFinite(v): node = v; return true;
            case float v when float.IsFinite(v): node = v; return true;
            case decimal v: node = v; return true;
            case uint v: node = v; return true;
            case ulong v: node = v; return true;
            case short v: node = v; return true;
            case ushort v: node = v; return true;
            case byte v: node = v; return true;
            case sbyte v: node = v; return true;
            case Guid v: node = v; return true;
            case DateTimeOffset v: node = v; return true;
            case DateTime v: node = v; return true;
            case Uri v: node = v.OriginalString; return true;
            case byte[] v: node = System.Convert.ToBase64String(v); return true;
            case IEnumerable<KeyValuePair<string, object?>> v: return TryConvertPairs(v, depth, out node);
            case IDictionary v: return TryConvertDictionary(v, depth, out node);
            case AIContent: return false; // some kinds are lists of something; none is meant as one
            case IEnumerable v: return TryConvertList(v, depth, out node);
            default: return false;
        }
    }

    private static bool TryConvertPairs(IEnumerable<KeyValuePair<string, object?>> pairs, int depth, out JsonNode? node)
    {
        var result = new JsonObject();
        node = result;
        foreach ((string name, object? value) in pairs)
        {
            if (!TryConvert(value, depth - 1, out JsonNode? item)) return false;
            result[name] = item;
        }

        return true;
    }

    private static bool TryConvertDictionary(IDictionary dictionary, int depth, out JsonNode? node)
    {
        var result = new JsonObject();
        node = result;
        foreach (DictionaryEntry entry in dictionary)
        {
            if (entry.Key is not string name || !TryConvert(entry.Value, depth - 1, out JsonNode? item)) return false;
            result[name] = item;
        }

        return true;
    }

    private static bool TryConvertList(IEnumerable list, int depth, out JsonNode? node)
    {
        var result = new JsonArray();
        node = result;
        foreach (object? value in list)
        {
            if (!TryConvert(value, depth - 1, out JsonNode? item)) return false;
            result.Add(item);
        }

        return true;
    }

    /// <summary>A whole number, whether it was parsed or made in memory from any type of number; null where there is none.</summary>
    public static long? ToInt64(JsonNode? node) =>
        node is JsonValue && node.GetValueKind() == JsonValueKind.Number && long.TryParse(node.ToJsonString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out long number)
            ? number
            : null;
}
