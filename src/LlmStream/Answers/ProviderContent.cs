using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Answers;

/// <summary>
/// Content that only the provider understands (the actions of its own tools, encrypted reasoning), kept unchanged, so that it can be
/// inspected and sent back.
/// </summary>
/// <remarks>
/// It is an additional property of a plain <see cref="AIContent"/>, under a key that contains the dialect's name. So it survives when
/// Microsoft.Extensions.AI coalesces updates, and when a conversation is serialized.
/// </remarks>
internal static class ProviderContent
{
    private const string Prefix = "llmstream.";

    // Parts of the names of fields and types, in all dialects.
    private static readonly string[] SignedFields = ["ignature\"", "encrypted", "redacted"];

    /// <summary>Creates a content from a JSON object.</summary>
    /// <param name="dialect">The name of the dialect.</param>
    /// <param name="json">The object, as it came.</param>
    /// <exception cref="JsonException">The bytes are not JSON.</exception>
    public static AIContent Create(string dialect, ReadOnlySpan<byte> json) => Create(dialect, JsonText.ParseElement(json));

    /// <summary>The same from a parsed object.</summary>
    public static AIContent Create(string dialect, JsonElement json) =>
        new() { AdditionalProperties = new AdditionalPropertiesDictionary { [KeyOf(dialect)] = json }, RawRepresentation = json };

    /// <summary>Whether a content was created here, for any dialect.</summary>
    public static bool Is(AIContent content) =>
        content.AdditionalProperties?.Keys.Any(key => key.StartsWith(Prefix, StringComparison.Ordinal)) is true;

    /// <summary>A copy of the object that a content was created from, if that was for this dialect; otherwise null.</summary>
    public static JsonObject? Read(string dialect, AIContent content) =>
        content.AdditionalProperties?.TryGetValue(KeyOf(dialect), out object? value) is true
        && JsonNodes.TryConvert(value, out JsonNode? node)
            ? node as JsonObject
            : null;

    /// <summary>Whether a part of a content is signed or encrypted, so that another provider cannot read it.</summary>
    public static bool IsSigned(AIContent content) => content.AdditionalProperties?.Any(property =>
        property.Key.StartsWith(Prefix, StringComparison.Ordinal)
        && property.Value?.ToString() is { } json
        && Array.Exists(SignedFields, field => json.Contains(field, StringComparison.Ordinal))) is true;

    private static string KeyOf(string dialect) => Prefix + dialect;
}
