using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Cohere;

/// <summary>Cohere's citations: which part of the answer rests on which sources.</summary>
internal static class CohereCitations
{
    /// <summary>Adds the citations of a JSON value: one, or a list.</summary>
    public static void AddTo(ChoiceBuilder choice, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(JsonText.Mend(json), JsonOptions.Reader);
        JsonElement citations = JsonElement.ParseValue(ref reader);
        if (citations.ValueKind == JsonValueKind.Object) Add(choice, citations, json.Length);
        if (citations.ValueKind != JsonValueKind.Array) return;
        int count = citations.GetArrayLength();
        foreach (JsonElement citation in citations.EnumerateArray())
        {
            if (citation.ValueKind == JsonValueKind.Object) Add(choice, citation, json.Length / count);
        }
    }

    /// <summary>One annotation a source, on an empty text: what it speaks of has been said already.</summary>
    private static void Add(ChoiceBuilder choice, JsonElement citation, int size)
    {
        var annotations = new List<AIAnnotation>();
        if (citation.TryGetProperty("sources", out JsonElement sources) && sources.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement source in sources.EnumerateArray())
            {
                if (source.ValueKind == JsonValueKind.Object) annotations.Add(OfSource(citation, source));
            }
        }
        else if (citation.TryGetProperty("document_ids", out JsonElement ids) && ids.ValueKind == JsonValueKind.Array) // version 1
        {
            foreach (JsonElement id in ids.EnumerateArray()) annotations.Add(Begin(citation, id.ValueKind == JsonValueKind.String ? id.GetString() : null));
        }

        if (annotations.Count == 0) annotations.Add(Begin(citation, id: null));
        choice.AddContent(new TextContent("") { Annotations = annotations }, size);
    }

    private static CitationAnnotation OfSource(JsonElement citation, JsonElement source)
    {
        CitationAnnotation annotation = Begin(citation, source.Text("id"));
        if (string.Equals(source.Text("type"), "tool", StringComparison.Ordinal)) annotation.ToolName = "tool"; // its id names the call
        if (!source.TryGetProperty("document", out JsonElement document) || document.ValueKind != JsonValueKind.Object) return annotation;
        annotation.Title = document.Text("title");
        annotation.Snippet = document.Text("snippet") ?? document.Text("text");
        annotation.Url = Uri.TryCreate(document.Text("url"), UriKind.Absolute, out Uri? url) ? url : null;
        return annotation;
    }

    private static CitationAnnotation Begin(JsonElement citation, string? id)
    {
        var annotation = new CitationAnnotation { FileId = id, RawRepresentation = citation };
        if (citation.Number("start") is { } start && citation.Number("end") is { } end)
            annotation.AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = start, EndIndex = end }];
        return annotation;
    }
}
