using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires;

/// <summary>Writes contents for which AG-UI has no event, as events of the type <c>CUSTOM</c>.</summary>
internal static class AgUICustomEvents
{
    /// <summary>Writes the citations or the file of a content. Other contents are left out.</summary>
    public static void Write(EventWriter events, AIContent content)
    {
        switch (content)
        {
            case DataContent data:
                WriteFile(events, data.Uri, data.MediaType, data.Name);
                break;
            case UriContent link:
                WriteFile(events, link.Uri.OriginalString, link.MediaType, name: null);
                break;
        }

        foreach (AIAnnotation annotation in content.Annotations ?? [])
        {
            if (annotation is CitationAnnotation citation) WriteCitation(events, citation);
        }
    }

    private static void WriteFile(EventWriter events, string url, string mediaType, string? name)
    {
        Utf8JsonWriter json = Begin(events, "llmstream.file"u8);
        json.WriteString("url"u8, url);
        json.WriteString("mediaType"u8, mediaType);
        WriteIfSet(json, "name"u8, name);
        End(events, json);
    }

    private static void WriteCitation(EventWriter events, CitationAnnotation citation)
    {
        Utf8JsonWriter json = Begin(events, "llmstream.citation"u8);
        WriteIfSet(json, "url"u8, citation.Url?.OriginalString);
        WriteIfSet(json, "title"u8, citation.Title);
        WriteIfSet(json, "snippet"u8, citation.Snippet);
        WriteIfSet(json, "fileId"u8, citation.FileId);
        if (citation.AnnotatedRegions?.OfType<TextSpanAnnotatedRegion>().FirstOrDefault() is { } region)
        {
            if (region.StartIndex is { } start) json.WriteNumber("startIndex"u8, start);
            if (region.EndIndex is { } end) json.WriteNumber("endIndex"u8, end);
        }

        End(events, json);
    }

    private static Utf8JsonWriter Begin(EventWriter events, ReadOnlySpan<byte> name)
    {
        Utf8JsonWriter json = events.BeginObject();
        json.WriteString("type"u8, "CUSTOM"u8);
        json.WriteString("name"u8, name);
        json.WriteStartObject("value"u8);
        return json;
    }

    private static void End(EventWriter events, Utf8JsonWriter json)
    {
        json.WriteEndObject();
        events.EndObject();
    }

    private static void WriteIfSet(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }
}
