using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmStream.Json;

/// <summary>
/// Reads values from nodes that the caller may have built. A node may be missing or of another kind; unlike <c>AsObject</c> and
/// the explicit conversions of <see cref="JsonNode"/>, these methods do not throw then.
/// </summary>
internal static class JsonNodeExtensions
{
    /// <summary>The string, or null if the node is not a string.</summary>
    public static string? AsText(this JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>The value, or null if the node is not <c>true</c> or <c>false</c>.</summary>
    public static bool? AsBool(this JsonNode? node) => node is JsonValue value && value.TryGetValue(out bool flag) ? flag : null;

    /// <summary>The integer, or null if the node is not one. It may have been parsed or created from any numeric type.</summary>
    public static long? AsInt64(this JsonNode? node) =>
        node is JsonValue && node.GetValueKind() == JsonValueKind.Number
        && long.TryParse(node.ToJsonString(), NumberStyles.Integer, CultureInfo.InvariantCulture, out long number)
            ? number
            : null;

    /// <summary>Whether the node is this string.</summary>
    public static bool Is(this JsonNode? node, string text) => string.Equals(node.AsText(), text, StringComparison.Ordinal);
}
