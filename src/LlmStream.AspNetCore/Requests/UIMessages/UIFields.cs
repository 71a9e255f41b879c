using System.Text.Json;

namespace LlmStream.AspNetCore.Requests.UIMessages;

/// <summary>Fields of JSON objects that a browser sent.</summary>
internal static class UIFields
{
    /// <summary>A field of an object; null if it is missing or null, or if the value is not an object.</summary>
    public static JsonElement? Field(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out JsonElement field)
            && field.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined)
            ? field
            : null;

    /// <summary>A field that is a string; null if it is missing, null or empty.</summary>
    /// <param name="value">The object.</param>
    /// <param name="name">The name of the field.</param>
    /// <param name="position">Where the object is in the body, to be named in the message; null for the body itself.</param>
    /// <exception cref="InvalidRelayRequestException">It is not a string.</exception>
    public static string? Text(this JsonElement value, string name, string? position = null)
    {
        if (value.Field(name) is not { } field) return null;
        if (field.ValueKind != JsonValueKind.String)
            throw new InvalidRelayRequestException($"{(position is null ? name : $"{position}.{name}")} must be a string.");
        return field.GetString() is { Length: > 0 } text ? text : null;
    }

    /// <summary>A field that must be a string and not be empty.</summary>
    /// <exception cref="InvalidRelayRequestException">It is missing, empty, or not a string.</exception>
    public static string RequiredText(this JsonElement value, string name, string position) =>
        value.Text(name, position) ?? throw new InvalidRelayRequestException($"{position}.{name} is missing.");

    /// <summary>Whether a field is true.</summary>
    public static bool IsTrue(this JsonElement value, string name) => value.Field(name) is { ValueKind: JsonValueKind.True };
}
