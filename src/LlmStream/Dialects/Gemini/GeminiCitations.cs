using System.Text.Json;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>The sources of an answer, as annotations of an empty text.</summary>
/// <remarks>The positions in the answer stay in the metadata, which is kept too: they count bytes of UTF-8.</remarks>
internal static class GeminiCitations
{
    /// <summary>Reads <c>citationMetadata</c>: quoted texts (ai.google.dev/api/generate-content#citationmetadata).</summary>
    public static AIContent? OfCitations(JsonElement metadata)
    {
        var citations = new List<AIAnnotation>();
        foreach (string name in (ReadOnlySpan<string>)["citationSources", "citation_sources", "citations"])
        {
            foreach (JsonElement source in metadata.Items(name)) Add(citations, source, snippet: null);
        }

        return Make(citations, "citationMetadata", metadata);
    }

    /// <summary>Reads <c>groundingMetadata</c>: search results (ai.google.dev/api/generate-content#GroundingMetadata).</summary>
    public static AIContent? OfGrounding(JsonElement metadata)
    {
        var citations = new List<AIAnnotation>();
        foreach (JsonElement chunk in metadata.Items("groundingChunks").Concat(metadata.Items("grounding_chunks")))
        {
            if (chunk.ValueKind != JsonValueKind.Object) continue;
            // One of web, retrievedContext, maps.
            foreach (JsonProperty kind in chunk.EnumerateObject()) Add(citations, kind.Value, kind.Value.Text("text"));
        }

        return Make(citations, "groundingMetadata", metadata);
    }

    private static void Add(List<AIAnnotation> citations, JsonElement source, string? snippet)
    {
        if (source.ValueKind != JsonValueKind.Object) return;
        citations.Add(new CitationAnnotation
        {
            Title = source.Text("title"),
            Url = Uri.TryCreate(source.Text("uri"), UriKind.Absolute, out Uri? url) ? url : null,
            Snippet = snippet,
        });
    }

    private static TextContent? Make(List<AIAnnotation> citations, string name, JsonElement metadata) =>
        citations.Count == 0 ? null : new TextContent("")
        {
            Annotations = citations,
            AdditionalProperties = new AdditionalPropertiesDictionary { [name] = metadata },
        };
}
