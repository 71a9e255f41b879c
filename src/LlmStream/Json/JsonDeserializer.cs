using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace LlmStream.Json;

/// <summary>JSON bytes into a type of the caller's.</summary>
internal static class JsonDeserializer
{
    /// <summary>Reads one value.</summary>
    /// <exception cref="JsonException">The bytes are no JSON, or not of this type.</exception>
    public static T? Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> typeInfo)
    {
        try
        {
            return JsonSerializer.Deserialize(json, typeInfo);
        }
        catch (JsonException)
        {
            // Models end a token within a surrogate pair, and servers write it as it is; the serializer throws at that.
            byte[] mended = JsonText.Mend(json);
            if (mended.AsSpan().SequenceEqual(json)) throw;
            return JsonSerializer.Deserialize<T>(mended, typeInfo);
        }
    }

    /// <summary>
    /// Whether bytes behind which the stream ended are a whole value. A number is not known to be: another digit may
    /// have been on its way.
    /// </summary>
    public static bool IsWhole(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, JsonOptions.Reader);
        try
        {
            if (!reader.Read() || reader.TokenType == JsonTokenType.Number) return false;
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
