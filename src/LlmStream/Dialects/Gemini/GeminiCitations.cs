using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>The sources of an answer, as annotations of an empty text.</summary>
/// <remarks>The positions in the answer stay in the metadata, which is kept too: they count bytes of UTF-8.</remarks>
internal static class GeminiCitations
{
    /// <summary>Reads <c>citationMetadata</c>: texts that the answer quotes (ai.google.dev/api/generate-content#citationmetadata).</summary>
    public static AIContent? OfCitations(JsonElement metadata)
    {
        var citations = new List<AIAnnotation>();
        foreach (string name in (ReadOnlySpan<string>)["citationSources", "citation_sources", "citations"])
        {
            foreach (JsonElement source in ItemsOf(metadata, name)) Add(citations, source, snippet: null);
        }

        return Make(citations, "citationMetadata", metadata);
    }

    /// <summary>Reads <c>groundingMetadata</c>: search results (ai.google.dev/api/generate-content#GroundingMetadata).</summary>
    public static AIContent? OfGrounding(JsonElement metadata)
    {
        var citations = new List<AIAnnotation>();
        foreach (JsonElement chunk in ItemsOf(metadata, "groundingChunks").Concat(ItemsOf(metadata, "grounding_chunks")))
        {
            if (chunk.ValueKind != JsonValueKind.Object) continue;
            // One of web, retrievedContext, maps.
            foreach (JsonProperty kind in chunk.EnumerateObject()) Add(citations, kind.Value, Text(kind.Value, "text"));
        }

        return Make(citations, "groundingMetadata", metadata);
    }

    private static void Add(List<AIAnnotation> citations, JsonElement source, string? snippet)
    {
        if (source.ValueKind != JsonValueKind.Object) return;
        citations.Add(new CitationAnnotation
        {
            Title = Text(source, "title"),
            Url = Uri.TryCreate(Text(source, "uri"), UriKind.Absolute, out Uri? url) ? url : null,
            Snippet = snippet,
        });
    }

    private static TextContent? Make(List<AIAnnotation> citations, string name, JsonElement metadata) => citations.Count == 0 ? null : new TextContent("")
    {
        Annotations = citations,
        AdditionalProperties = new AdditionalPropertiesDictionary { [name] = metadata },
    };

    private static IEnumerable<JsonElement> ItemsOf(JsonElement holder, string name) =>
        holder.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];

    private static string? Text(JsonElement holder, string name) =>
        holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
