using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Cohere;

/// <summary>Reads citations: a part of the answer, and the sources that it is based on.</summary>
internal static class CohereCitations
{
    /// <summary>Adds the citation, or the list of citations, that the reader is on. Any other value is ignored.</summary>
    /// <param name="choice">The choice.</param>
    /// <param name="reader">The reader.</param>
    /// <param name="data">All bytes that the reader reads.</param>
    public static void AddTo(ChoiceBuilder choice, ref Utf8JsonReader reader, ReadOnlySpan<byte> data)
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return;
        ReadOnlySpan<byte> json = reader.Slice(data);
        JsonElement value = JsonText.ParseElement(json);
        List<JsonElement> citations = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        foreach (JsonElement citation in citations)
        {
            if (citation.ValueKind == JsonValueKind.Object) Add(choice, citation, json.Length / citations.Count);
        }
    }

    /// <summary>Adds an empty text with one annotation for each source: the text that they belong to was emitted before.</summary>
    private static void Add(ChoiceBuilder choice, JsonElement citation, int size)
    {
        var annotations = new List<AIAnnotation>();
        foreach (JsonElement source in citation.Items("sources"))
        {
            if (source.ValueKind == JsonValueKind.Object) annotations.Add(Create(citation, source));
        }

        foreach (JsonElement id in citation.Items("document_ids")) // version 1
            annotations.Add(Create(citation, id.ValueKind == JsonValueKind.String ? id.GetString() : null));
        if (annotations.Count == 0) annotations.Add(Create(citation, id: null));
        choice.AddContent(new TextContent("") { Annotations = annotations }, size);
    }

    private static CitationAnnotation Create(JsonElement citation, JsonElement source)
    {
        CitationAnnotation annotation = Create(citation, source.Text("id"));
        if (source.Text("type") is "tool") annotation.ToolName = "tool"; // the id of the source is that of the call
        if (!source.TryGetProperty("document", out JsonElement document)) return annotation;
        annotation.Title = document.Text("title");
        annotation.Snippet = document.Text("snippet") ?? document.Text("text");
        annotation.Url = Uri.TryCreate(document.Text("url"), UriKind.Absolute, out Uri? url) ? url : null;
        return annotation;
    }

    private static CitationAnnotation Create(JsonElement citation, string? id)
    {
        var annotation = new CitationAnnotation { FileId = id, RawRepresentation = citation };
        if (citation.Number("start") is { } start && citation.Number("end") is { } end)
            annotation.AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = start, EndIndex = end }];
        return annotation;
    }
}
