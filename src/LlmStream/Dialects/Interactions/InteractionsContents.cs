using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Interactions;

/// <summary>Converts the contents of steps from and to the types of Microsoft.Extensions.AI.</summary>
internal static class InteractionsContents
{
    /// <summary>Writes a content; null if the format has no equivalent.</summary>
    /// <param name="content">The content.</param>
    /// <param name="address">The base address of uploaded files.</param>
    public static JsonObject? Write(AIContent content, Uri address) => content switch
    {
        TextContent text => new JsonObject { ["type"] = "text", ["text"] = text.Text },
        DataContent data => new JsonObject
        {
            ["type"] = TypeOf(data.MediaType), ["data"] = data.Base64Data.ToString(), ["mime_type"] = data.MediaType,
        },
        UriContent link => File(link.Uri.OriginalString, link.MediaType),
        HostedFileContent file => File(AddressOf(file.FileId, address), file.MediaType),
        _ => RawContent.Read(content),
    };

    /// <summary>Reads an image, audio, a video, or a document; null if Microsoft.Extensions.AI does not accept it.</summary>
    public static AIContent? ReadMedia(JsonElement json)
    {
        string? mediaType = json.Text("mime_type");
        if (mediaType is null) return null;
        try
        {
            return json.Text("data") is { } data && Base64.IsValid(data) ? new DataContent(Convert.FromBase64String(data), mediaType)
                : json.Text("uri") is { } uri ? new UriContent(uri, mediaType)
                : null;
        }
        catch (Exception exception) when (exception is ArgumentException or UriFormatException)
        {
            return null; // an invalid type or address: the content is kept unchanged
        }
    }

    /// <summary>Reads a <c>url_citation</c>, a <c>file_citation</c>, or a <c>place_citation</c>.</summary>
    public static AIContent ReadCitation(JsonElement annotation)
    {
        string? address = annotation.Text("url") ?? annotation.Text("document_uri");
        var citation = new CitationAnnotation
        {
            Title = annotation.Text("title") ?? annotation.Text("file_name") ?? annotation.Text("name"),
            Url = Uri.TryCreate(address, UriKind.Absolute, out Uri? url) ? url : null,
            AdditionalProperties = annotation.Text("type") is { } type ? new AdditionalPropertiesDictionary { ["type"] = type } : null,
        };
        if (annotation.Number("start_index") is { } start && annotation.Number("end_index") is { } end)
            citation.AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = start, EndIndex = end }];
        return new TextContent("") { Annotations = [citation] };
    }

    private static string TypeOf(string? mediaType) => mediaType?.Split('/')[0] switch
    {
        "image" => "image",
        "audio" => "audio",
        "video" => "video",
        _ => "document",
    };

    private static JsonObject File(string uri, string? mediaType)
    {
        var file = new JsonObject { ["type"] = TypeOf(mediaType), ["uri"] = uri };
        file.Fill("mime_type", mediaType);
        return file;
    }

    // Requests name a file by its absolute address, responses by "files/ID".
    private static string AddressOf(string file, Uri address)
    {
        bool isAbsolute = file.Contains("://", StringComparison.Ordinal);
        return !isAbsolute && Uri.TryCreate(address, file, out Uri? absolute) ? absolute.AbsoluteUri : file;
    }
}
