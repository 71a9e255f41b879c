using System.Text.Json;

namespace LlmStream.AspNetCore.Requests;

/// <summary>A value in a request's body, and its position for error messages, such as <c>messages[0].content</c>.</summary>
/// <remarks>
/// A value that is missing and one that is <c>null</c> are the same: many clients send <c>null</c> for what they do not set.
/// </remarks>
/// <param name="Value">The value; undefined if it is missing.</param>
/// <param name="Path">The position; empty for the body.</param>
internal readonly record struct JsonField(JsonElement Value, string Path)
{
    /// <summary>Whether there is a value.</summary>
    public bool IsPresent => Value.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    /// <summary>Whether the value is a string.</summary>
    public bool IsText => Value.ValueKind == JsonValueKind.String;

    /// <summary>Whether the value is an array.</summary>
    public bool IsArray => Value.ValueKind == JsonValueKind.Array;

    /// <summary>Whether the value is an object.</summary>
    public bool IsObject => Value.ValueKind == JsonValueKind.Object;

    /// <summary>A property of the object. It is missing if this is missing.</summary>
    /// <exception cref="InvalidRelayRequestException">This is something else than an object.</exception>
    public JsonField this[string name]
    {
        get
        {
            string path = Path.Length == 0 ? name : $"{Path}.{name}";
            if (!IsPresent) return new JsonField(default, path);
            if (!IsObject) throw Invalid("must be an object");
            return new JsonField(Value.TryGetProperty(name, out JsonElement property) ? property : default, path);
        }
    }

    /// <summary>The items of the array; none if it is missing.</summary>
    /// <exception cref="InvalidRelayRequestException">It is something else.</exception>
    public IEnumerable<JsonField> Items()
    {
        if (!IsPresent) return [];
        if (!IsArray) throw Invalid("must be an array");
        string path = Path;
        return Value.EnumerateArray().Select((item, i) => new JsonField(item, $"{path}[{i}]"));
    }

    /// <summary>The string.</summary>
    /// <exception cref="InvalidRelayRequestException">It is missing, or something else.</exception>
    public string Text() => OptionalText() ?? throw Invalid("must be a string");

    /// <summary>The string, or null if it is missing.</summary>
    /// <exception cref="InvalidRelayRequestException">It is something else.</exception>
    public string? OptionalText() => !IsPresent ? null : IsText ? Value.GetString() : throw Invalid("must be a string");

    /// <summary>The number, or null if it is missing.</summary>
    /// <exception cref="InvalidRelayRequestException">It is something else, or too large.</exception>
    public float? OptionalNumber()
    {
        if (!IsPresent) return null;
        bool isNumber = Value.ValueKind == JsonValueKind.Number && Value.TryGetSingle(out float number) && float.IsFinite(number);
        return isNumber ? Value.GetSingle() : throw Invalid("must be a number");
    }

    /// <summary>The whole number, or null if it is missing.</summary>
    /// <exception cref="InvalidRelayRequestException">It is something else, or less than the minimum.</exception>
    public long? OptionalInteger(long min, long max)
    {
        if (!IsPresent) return null;
        bool isInteger = Value.ValueKind == JsonValueKind.Number && Value.TryGetInt64(out long number) && number >= min && number <= max;
        return isInteger ? Value.GetInt64() : throw Invalid($"must be a whole number from {min} to {max}");
    }

    /// <summary>The truth value, or null if it is missing.</summary>
    /// <exception cref="InvalidRelayRequestException">It is something else.</exception>
    public bool? OptionalBoolean() => Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => IsPresent ? throw Invalid("must be true or false") : null,
    };

    /// <summary>An exception that names the position.</summary>
    /// <param name="problem">What is wrong, such as <c>must be a string</c>.</param>
    public InvalidRelayRequestException Invalid(string problem) =>
        new($"{(Path.Length == 0 ? "The body" : Path)} {problem}.", parameter: Path.Length == 0 ? null : Path);
}
