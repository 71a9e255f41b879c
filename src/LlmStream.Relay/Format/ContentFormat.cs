using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Format;

/// <summary>
/// Contents of Microsoft.Extensions.AI as JSON. <see cref="AIContent.RawRepresentation"/> is not kept; of a type that is unknown to
/// Microsoft.Extensions.AI only the additional properties that are plain values or JSON are kept.
/// </summary>
internal static class ContentFormat
{
    private static readonly JsonTypeInfo<AIContent> TypeInfo =
        (JsonTypeInfo<AIContent>)AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(AIContent));

    public static byte[] Write(AIContent content)
    {
        try
        {
            return JsonSerializer.SerializeToUtf8Bytes(content, TypeInfo);
        }
        catch (Exception exception) when (
            exception is NotSupportedException or JsonException or InvalidOperationException)
        {
            // A type that is derived by the application, or a property of such a type.
            return JsonSerializer.SerializeToUtf8Bytes(new AIContent { AdditionalProperties = KeepSimple(content) }, TypeInfo);
        }
    }

    public static AIContent Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, TypeInfo) ?? new AIContent();
        }
        catch (Exception exception) when (
            exception is JsonException or ArgumentException or NotSupportedException or InvalidOperationException)
        {
            throw new FormatException("A content of a kept stream is damaged.", exception);
        }
    }

    private static AdditionalPropertiesDictionary? KeepSimple(AIContent content)
    {
        if (content.AdditionalProperties is not { } properties) return null;
        return new(properties.Where(
            pair => pair.Value is null or string or bool or int or long or double or JsonElement or JsonNode));
    }
}
