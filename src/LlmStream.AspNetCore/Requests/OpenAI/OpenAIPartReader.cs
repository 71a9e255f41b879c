using System.Buffers.Text;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Requests.OpenAI;

/// <summary>Reads the parts of a user's message.</summary>
internal static class OpenAIPartReader
{
    /// <summary>Reads a part.</summary>
    /// <exception cref="InvalidRelayRequestException">It is not valid.</exception>
    public static AIContent Read(JsonField part) => part["type"].Text() switch
    {
        "text" => new TextContent(part["text"].Text()),
        "image_url" => ReadLink(part["image_url"], "image/*"),
        "video_url" => ReadLink(part["video_url"], "video/*"), // Qwen, OpenRouter
        "input_audio" => ReadAudio(part["input_audio"]),
        "file" => ReadFile(part["file"]),
        _ => throw part["type"].Invalid("must be \"text\", \"image_url\", \"video_url\", \"input_audio\" or \"file\""),
    };

    private static AIContent ReadLink(JsonField link, string mediaType)
    {
        AIContent content = ToContent(link.IsText ? link : link["url"], mediaType);
        if (link.IsObject && link["detail"].OptionalText() is { } detail)
            content.AdditionalProperties = new AdditionalPropertiesDictionary { ["detail"] = detail };
        return content;
    }

    private static DataContent ReadAudio(JsonField audio)
    {
        string format = audio["format"].Text();
        if (format.Length is 0 or > 16 || !format.All(char.IsAsciiLetterOrDigit))
            throw audio["format"].Invalid("must be a format such as \"wav\"");
        return new DataContent(FromBase64(audio["data"]), format == "mp3" ? "audio/mpeg" : "audio/" + format);
    }

    private static AIContent ReadFile(JsonField file)
    {
        // It may be anybody's file in the provider's account of this server.
        if (file["file_id"].IsPresent) throw file["file_id"].Invalid("is not supported: send the file in \"file_data\"");
        string? name = file["filename"].OptionalText();
        string mediaType = MediaTypeOf(name);
        JsonField data = file["file_data"];
        string text = data.Text();
        AIContent content = text.StartsWith("data:", StringComparison.OrdinalIgnoreCase) || text.Contains("://", StringComparison.Ordinal)
            ? ToContent(data, mediaType)
            : new DataContent(FromBase64(data), mediaType);
        if (content is DataContent named) named.Name = name;
        return content;
    }

    /// <summary>A data URL, or a link that the provider follows.</summary>
    private static AIContent ToContent(JsonField url, string mediaType)
    {
        string text = url.Text();
        if (text.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
        {
            try
            {
                return new DataContent(text);
            }
            catch (Exception exception) when (exception is ArgumentException or FormatException)
            {
                throw url.Invalid("must be a data URL with a media type and Base64 data");
            }
        }

        return Uri.TryCreate(text, UriKind.Absolute, out Uri? link) && link.Scheme is "http" or "https"
            ? new UriContent(link, mediaType)
            : throw url.Invalid("must be a data URL, or an address with http or https");
    }

    private static byte[] FromBase64(JsonField data)
    {
        string text = data.Text();
        return Base64.IsValid(text) ? Convert.FromBase64String(text) : throw data.Invalid("must be Base64");
    }

    private static string MediaTypeOf(string? fileName) => Path.GetExtension(fileName)?.ToLowerInvariant() switch
    {
        ".pdf" or null or "" => "application/pdf", // what the part was made for
        ".txt" or ".md" => "text/plain",
        ".json" => "application/json",
        ".csv" => "text/csv",
        _ => "application/octet-stream",
    };
}
