using System.Text;
using System.Text.Json;

namespace LlmStream.Json;

/// <summary>Reads fields of a parsed document. A field may be missing or of another kind.</summary>
internal static class JsonFields
{
    /// <summary>Parses bytes that are known to be well-formed. All strings can be read, also those that are not valid Unicode.</summary>
    public static JsonDocument Parse(ReadOnlySpan<byte> json) => JsonDocument.Parse(JsonText.RepairUnicode(json));

    /// <summary>The length of an element as it was sent, in UTF-16 code units. All of its strings must be valid Unicode.</summary>
    public static int RawLength(this JsonElement element) =>
#if NET9_0_OR_GREATER
        Encoding.UTF8.GetCharCount(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(element));
#else
        element.GetRawText().Length;
#endif

    /// <summary>The value of a field, if the element is an object that has it.</summary>
    public static bool TryGetField(this JsonElement element, string name, out JsonElement value)
    {
        value = default;
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out value);
    }

    /// <summary>A string that is not empty, or null.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.TryGetField(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 } text
            ? text
            : null;

    /// <summary>A string that is not blank, or null.</summary>
    /// <inheritdoc cref="JsonReaderExtensions.HasName" path="/remarks"/>
    public static string? Name(this JsonElement element, string name) =>
        element.Text(name) is { } text && !JsonText.IsBlank(text) ? text : null;

    /// <summary>The first of several fields that is a string that is not blank, or a number, as it was sent; or null.</summary>
    public static string? TextOrNumber(this JsonElement element, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (element.Name(name) is { } text) return text;
            if (element.TryGetField(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number) return value.GetRawText();
        }

        return null;
    }

    /// <summary>A string as UTF-8; empty if there is none.</summary>
    public static byte[] Bytes(this JsonElement element, string name) =>
        element.Text(name) is { } text ? Encoding.UTF8.GetBytes(text) : [];

    /// <summary>A string as UTF-8. Some servers send an object instead of its JSON text: then the JSON of the object.</summary>
    public static byte[] BytesOrRaw(this JsonElement element, string name) =>
        element.TryGetField(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object
            ? Encoding.UTF8.GetBytes(value.GetRawText())
            : element.Bytes(name);

    /// <summary>A 32-bit integer, or null.</summary>
    public static int? Number(this JsonElement element, string name) =>
        element.TryGetField(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            ? number
            : null;

    /// <summary>The elements of an array; none if the field is not an array.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.TryGetField(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];
}
