using System.Buffers;
using System.Collections;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace LlmStream.Json;

/// <summary>Converts .NET values to JSON without reflection in this library.</summary>
internal static class JsonNodes
{
    // Deep enough for any schema. A collection that contains itself ends here instead of overflowing the stack.
    private const int MaxDepth = 64;

    private const string Remedy = "Use a string, a JsonNode, or a JsonElement.";

    // JSON that a model reads as text. Escaped non-ASCII characters would cost tokens and be harder to read.
    private static readonly JsonWriterOptions TextOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Converts a value whose type has an obvious JSON form.</summary>
    /// <returns>False for any other type.</returns>
    public static bool TryConvert(object? value, out JsonNode? node) => TryConvert(value, MaxDepth, out node);

    /// <summary>Converts a value of any type. If its JSON form is not obvious, the application must have registered a contract.</summary>
    /// <param name="value">The value.</param>
    /// <param name="description">What the value is, to begin an error message with.</param>
    /// <param name="parameterName">The public parameter that holds the value.</param>
    /// <exception cref="ArgumentException">There is no contract for the type, or it fails.</exception>
    public static JsonNode? Convert(object? value, string description, string parameterName)
    {
        if (TryConvert(value, out JsonNode? node)) return node;
        try
        {
            // If reflection is enabled, these options know every type; if not, those of Microsoft.Extensions.AI.
            if (AIJsonUtilities.DefaultOptions.TryGetTypeInfo(value!.GetType(), out JsonTypeInfo? typeInfo))
                return JsonSerializer.SerializeToNode(value, typeInfo);
        }
        catch (Exception e) when (e is NotSupportedException or JsonException)
        {
            throw new ArgumentException(
                $"{description} is a {value!.GetType()}, which cannot be serialized: {e.Message} {Remedy}", parameterName, e);
        }

        throw new ArgumentException($"{description} is a {value!.GetType()}, which has no known JSON form. {Remedy}", parameterName);
    }

    /// <summary>Serializes a node without white space.</summary>
    public static string ToJsonText(JsonNode? node)
    {
        if (node is null) return "null";
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, TextOptions)) node.WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>A copy of an element as a node; null for <c>null</c> and for an undefined element.</summary>
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
            case JsonNode v: node = v.DeepClone(); return true; // a node has only one parent, and this one may already have it
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
            case AIContent: return false; // some of these types are enumerable, but they are not lists
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
}
