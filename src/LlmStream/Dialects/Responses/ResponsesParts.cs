using System.Buffers.Text;
using System.Text.Json;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>Converts the parts of a response's items to the types of Microsoft.Extensions.AI.</summary>
internal static class ResponsesParts
{
    public static ResponsesPartKind? KindOf(JsonElement part) => part.Text("type") switch
    {
        "output_text" or "text" => ResponsesPartKind.Text,
        "refusal" => ResponsesPartKind.Refusal,
        "summary_text" => ResponsesPartKind.Summary,
        "reasoning_text" => ResponsesPartKind.Reasoning,
        _ => null,
    };

    /// <summary>
    /// Converts an annotation: a citation of a page (<c>url_citation</c>) or a file (<c>file_citation</c>,
    /// <c>container_file_citation</c>), or a file that a tool created (<c>file_path</c>). Its indexes are relative to its part.
    /// </summary>
    public static AIContent Citation(JsonElement annotation)
    {
        var citation = new CitationAnnotation
        {
            Title = annotation.Text("title") ?? annotation.Text("filename"),
            Url = annotation.Text("url") is { } url && Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) ? uri : null,
            FileId = annotation.Text("file_id"),
            AdditionalProperties = annotation.Text("type") is { } type ? new AdditionalPropertiesDictionary { ["type"] = type } : null,
        };
        if (annotation.Number("start_index") is { } start && annotation.Number("end_index") is { } end)
            citation.AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = start, EndIndex = end }];
        return new TextContent("") { Annotations = [citation] };
    }

    /// <summary>The image that a tool of the provider generated, or null if the item is not an image.</summary>
    public static DataContent? Image(JsonElement item) =>
        item.Text("type") is "image_generation_call" && item.Text("result") is { } data && Base64.IsValid(data)
            ? new DataContent(
                Convert.FromBase64String(data),
                item.Text("output_format") switch { "jpeg" => "image/jpeg", "webp" => "image/webp", _ => "image/png" })
            : null;
}
