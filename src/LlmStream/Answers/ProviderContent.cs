using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Answers;

/// <summary>
/// What a provider said that only the provider understands (the doings of its own tools, encrypted thoughts), kept as it came, so
/// that it can be looked at, and sent back.
/// </summary>
/// <remarks>
/// It stands among the additional properties of a plain <see cref="AIContent"/>, under a key of the dialect: so it survives what
/// Microsoft.Extensions.AI does with contents when it puts updates together, and when a conversation is saved as JSON.
/// </remarks>
internal static class ProviderContent
{
    private const string Prefix = "llmstream.";

    /// <summary>Makes a content of a JSON object.</summary>
    /// <param name="dialect">The name of the dialect.</param>
    /// <param name="json">The object, as it came.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static AIContent Create(string dialect, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(JsonText.Mend(json), JsonOptions.Reader);
        return Create(dialect, JsonElement.ParseValue(ref reader));
    }

    /// <summary>The same of an object that was put together.</summary>
    public static AIContent Create(string dialect, JsonElement json) =>
        new() { AdditionalProperties = new AdditionalPropertiesDictionary { [KeyOf(dialect)] = json }, RawRepresentation = json };

    /// <summary>Whether a content was made here, of whichever dialect.</summary>
    public static bool Is(AIContent content) => content.AdditionalProperties?.Keys.Any(key => key.StartsWith(Prefix, StringComparison.Ordinal)) is true;

    /// <summary>The object that a content was made of, in this dialect; null of all other contents. A copy.</summary>
    public static JsonObject? Read(string dialect, AIContent content) =>
        content.AdditionalProperties?.TryGetValue(KeyOf(dialect), out object? value) is true && JsonNodes.TryConvert(value, out JsonNode? node) ? node as JsonObject : null;

    private static string KeyOf(string dialect) => Prefix + dialect;
}
