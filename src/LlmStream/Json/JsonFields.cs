using System.Text;
using System.Text.Json;

namespace LlmStream.Json;

/// <summary>The fields of JSON that comes whole and seldom, so that it may be read as a document.</summary>
internal static class JsonFields
{
    /// <summary>The document of some bytes that were found to be well-formed. Its strings can all be read.</summary>
    public static JsonDocument Parse(ReadOnlySpan<byte> json) => JsonDocument.Parse(JsonText.Mend(json));

    /// <summary>A string that says something, or null.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    /// <summary>The same as UTF-8; empty where there is none.</summary>
    public static byte[] Bytes(this JsonElement element, string name) => element.Text(name) is { } text ? Encoding.UTF8.GetBytes(text) : [];

    /// <summary>The same, or, where a server has an object in place of its text, the object as it is.</summary>
    public static byte[] BytesOrRaw(this JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object ? Encoding.UTF8.GetBytes(value.GetRawText()) : element.Bytes(name);

    /// <summary>A small number, or null.</summary>
    public static int? Number(this JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number : null;

    /// <summary>The elements of a list; none where it is no list.</summary>
    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];
}
