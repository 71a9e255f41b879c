using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LlmStream.Json;

/// <summary>Deserializes JSON into types of the application.</summary>
internal static class JsonDeserializer
{
    /// <exception cref="JsonException">The bytes are not JSON, or not of this type.</exception>
    public static T? Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> typeInfo)
    {
        try
        {
            return JsonSerializer.Deserialize(json, typeInfo);
        }
        catch (JsonException)
        {
            // Tokens of a model may end within a surrogate pair, which some servers pass on, and which the serializer does not accept.
            byte[] repaired = JsonText.RepairUnicode(NonFiniteNumbers.Replace(json));
            if (repaired.AsSpan().SequenceEqual(json)) throw;
            return JsonSerializer.Deserialize<T>(repaired, typeInfo);
        }
    }
}
