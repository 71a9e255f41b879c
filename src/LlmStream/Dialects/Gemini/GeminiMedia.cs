using System.Text.Json;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>Images, audio, and files in an answer.</summary>
internal static class GeminiMedia
{
    /// <summary>Reads <c>{mimeType, data}</c>; null if Microsoft.Extensions.AI does not accept it.</summary>
    public static AIContent? ReadInline(ref Utf8JsonReader reader)
    {
        string? mediaType = null;
        byte[]? bytes = null;
        if (reader.TokenType != JsonTokenType.StartObject) return null;
        while (reader.NextProperty())
        {
            if (reader.Is("mimeType"u8) || reader.Is("mime_type"u8)) mediaType = reader.ReadString();
            else
            {
                bool isData = reader.Is("data"u8);
                reader.Read();
                if (isData) bytes = reader.ToBytes();
                reader.Skip();
            }
        }

        return mediaType is null || bytes is null ? null : Make(() => new DataContent(bytes, mediaType));
    }

    /// <summary>Reads <c>{mimeType, fileUri}</c>.</summary>
    public static AIContent? ReadFile(ref Utf8JsonReader reader)
    {
        string? mediaType = null, uri = null;
        if (reader.TokenType != JsonTokenType.StartObject) return null;
        while (reader.NextProperty())
        {
            if (reader.Is("mimeType"u8) || reader.Is("mime_type"u8)) mediaType = reader.ReadString();
            else if (reader.Is("fileUri"u8) || reader.Is("file_uri"u8)) uri = reader.ReadString();
            else reader.Skip();
        }

        return mediaType is null || uri is null ? null : Make(() => new UriContent(uri, mediaType));
    }

    private static AIContent? Make(Func<AIContent> make)
    {
        try
        {
            return make();
        }
        catch (Exception exception) when (exception is ArgumentException or UriFormatException)
        {
            return null; // an invalid type or address: the part is kept unchanged
        }
    }
}
