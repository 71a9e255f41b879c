using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.OpenAI;

/// <summary>Citations and images in a message or a delta.</summary>
internal static class OpenAIContents
{
    /// <summary>The address or the data URL of an image, or null.</summary>
    public static string? ImageUrl(AIContent content) => content switch
    {
        DataContent data when data.HasTopLevelMediaType("image") => data.Uri,
        UriContent link when link.HasTopLevelMediaType("image") => link.Uri.OriginalString,
        _ => null,
    };

    /// <summary>The citations of web pages in a content.</summary>
    public static IEnumerable<CitationAnnotation> Citations(AIContent content) =>
        content.Annotations?.OfType<CitationAnnotation>().Where(citation => citation.Url is not null) ?? [];

    /// <summary>Writes an image. OpenRouter's SDKs put images together by their index.</summary>
    public static void WriteImage(Utf8JsonWriter json, string url, int index)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, index);
        json.WriteString("type"u8, "image_url"u8);
        json.WriteStartObject("image_url"u8);
        json.WriteString("url"u8, url);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Writes the <c>annotations</c> property.</summary>
    public static void WriteCitations(Utf8JsonWriter json, IEnumerable<CitationAnnotation> citations)
    {
        json.WriteStartArray("annotations"u8);
        foreach (CitationAnnotation citation in citations)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "url_citation"u8);
            json.WriteStartObject("url_citation"u8);
            TextSpanAnnotatedRegion? span = citation.AnnotatedRegions?.OfType<TextSpanAnnotatedRegion>().FirstOrDefault();
            // Both are required; a citation of the whole answer is one of no characters.
            json.WriteNumber("start_index"u8, span?.StartIndex ?? 0);
            json.WriteNumber("end_index"u8, span?.EndIndex ?? 0);
            json.WriteString("title"u8, citation.Title ?? citation.Url!.Host);
            json.WriteString("url"u8, citation.Url!.OriginalString);
            if (citation.Snippet is { Length: > 0 } snippet) json.WriteString("content"u8, snippet); // as OpenRouter
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
