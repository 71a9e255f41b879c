using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace LlmStream.AspNetCore.Requests.AgUI;

/// <summary>A value in a request body, and its position for error messages.</summary>
/// <param name="Element">The value.</param>
/// <param name="Position">Where it is, such as <c>messages[0].content</c>; <c>""</c> for the body.</param>
internal readonly record struct RequestValue(JsonElement Element, string Position)
{
    public bool IsObject => Element.ValueKind == JsonValueKind.Object;

    public bool IsArray => Element.ValueKind == JsonValueKind.Array;

    /// <summary>Whether a property is a string.</summary>
    public bool IsString(string name) => TryGet(name, out RequestValue value) && value.Element.ValueKind == JsonValueKind.String;

    /// <summary>Gets a property. One that is null counts as missing.</summary>
    public bool TryGet(string name, out RequestValue value)
    {
        value = default;
        try
        {
            if (!IsObject || !Element.TryGetProperty(name, out JsonElement element)) return false;
            if (element.ValueKind == JsonValueKind.Null) return false;
            value = new RequestValue(element, Position.Length == 0 ? name : $"{Position}.{name}");
            return true;
        }
        catch (InvalidOperationException)
        {
            // The name of another property is not valid Unicode.
            return false;
        }
    }

    /// <summary>Gets a property that must be an array.</summary>
    /// <exception cref="InvalidRelayRequestException">It is missing, or something else.</exception>
    public IEnumerable<RequestValue> Items(string name) => TryGet(name, out RequestValue value)
        ? value.Items()
        : throw Invalid($"\"{name}\" is missing.");

    /// <summary>The elements of an array.</summary>
    /// <exception cref="InvalidRelayRequestException">It is not an array.</exception>
    public IEnumerable<RequestValue> Items()
    {
        if (!IsArray) throw Invalid("It must be an array.");
        int index = 0;
        var items = new List<RequestValue>(Element.GetArrayLength());
        foreach (JsonElement item in Element.EnumerateArray()) items.Add(new RequestValue(item, $"{Position}[{index++}]"));
        return items;
    }

    /// <summary>Gets a string that must be there.</summary>
    /// <exception cref="InvalidRelayRequestException">It is missing, or something else.</exception>
    public string String(string name) => OptionalString(name) ?? throw Invalid($"\"{name}\" is missing.");

    /// <summary>Gets a string; null if it is missing.</summary>
    /// <exception cref="InvalidRelayRequestException">It is something else.</exception>
    public string? OptionalString(string name) => TryGet(name, out RequestValue value) ? value.ToText() : null;

    /// <summary>The value, which must be a string.</summary>
    /// <exception cref="InvalidRelayRequestException">It is something else.</exception>
    public string ToText()
    {
        if (Element.ValueKind != JsonValueKind.String) throw Invalid("It must be a string.");
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Invalid("It is not valid Unicode: half of a surrogate pair.");
        }
    }

    /// <summary>An error that names the position.</summary>
    public InvalidRelayRequestException Invalid(string message) =>
        new(Position.Length == 0 ? message : $"{Position}: {message}");
}
