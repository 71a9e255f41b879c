using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Requests.AgUI;

/// <summary>
/// Reads the content of AG-UI's messages: a string, or parts. Besides the parts of version 1.0 (text, image, audio, video, document) it
/// reads those of 0.0.x (<c>binary</c>).
/// </summary>
internal static class AgUIContentReader
{
    /// <summary>Reads the property <c>content</c> of a message.</summary>
    /// <returns>The contents, without empty text.</returns>
    /// <exception cref="InvalidRelayRequestException">It is missing, or not valid.</exception>
    public static List<AIContent> Read(RequestValue message)
    {
        if (!message.TryGet("content", out RequestValue content)) throw message.Invalid("\"content\" is missing.");
        List<AIContent> contents = content.IsArray ? [.. content.Items().Select(ReadPart)] : [new TextContent(content.ToText())];
        contents.RemoveAll(part => part is TextContent { Text.Length: 0 });
        return contents;
    }

    private static AIContent ReadPart(RequestValue part)
    {
        if (!part.IsObject) throw part.Invalid("It must be an object.");
        string type = part.String("type");
        switch (type)
        {
            case "text":
                return new TextContent(part.String("text"));
            case "image" or "audio" or "video" or "document":
                return part.TryGet("source", out RequestValue source)
                    ? ReadSource(source, type == "document" ? "application/octet-stream" : $"{type}/*")
                    : throw part.Invalid("\"source\" is missing.");
            case "binary":
                return ReadBinary(part);
            default:
                throw part.Invalid($"The type \"{type}\" is unknown.");
        }
    }

    private static AIContent ReadSource(RequestValue source, string defaultMediaType)
    {
        string type = source.String("type"), value = source.String("value");
        return type switch
        {
            "data" => Data(source, value, source.String("mimeType")),
            "url" => Link(source, value, source.OptionalString("mimeType") ?? defaultMediaType),
            "file" => File(source, value, source.OptionalString("mimeType")),
            _ => throw source.Invalid($"The type \"{type}\" is unknown."),
        };
    }

    private static AIContent ReadBinary(RequestValue part)
    {
        string mediaType = part.String("mimeType");
        if (part.OptionalString("data") is { } data) return Data(part, data, mediaType);
        if (part.OptionalString("url") is { } url) return Link(part, url, mediaType);
        return part.OptionalString("id") is { } id
            ? File(part, id, mediaType)
            : throw part.Invalid("\"data\", \"url\" or \"id\" is missing.");
    }

    private static DataContent Data(RequestValue position, string base64, string mediaType)
    {
        try
        {
            return new DataContent(Convert.FromBase64String(base64), mediaType);
        }
        catch (FormatException)
        {
            throw position.Invalid("The data is not Base64.");
        }
        catch (ArgumentException)
        {
            throw position.Invalid($"\"{mediaType}\" is not a media type.");
        }
    }

    private static AIContent Link(RequestValue position, string url, string mediaType)
    {
        try
        {
            if (url.StartsWith("data:", StringComparison.OrdinalIgnoreCase)) return new DataContent(url);
            if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("https" or "http"))
                throw position.Invalid("The link must begin with \"https:\", \"http:\" or \"data:\".");
            return new UriContent(uri, mediaType);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            throw position.Invalid("The link or its media type is not valid.");
        }
    }

    private static HostedFileContent File(RequestValue position, string id, string? mediaType)
    {
        try
        {
            return new HostedFileContent(id) { MediaType = mediaType };
        }
        catch (ArgumentException)
        {
            throw position.Invalid("The id of the file or its media type is not valid.");
        }
    }
}
