using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.AgUI;

/// <summary>Writes contents for which AG-UI has no event, as events of the type <c>CUSTOM</c>.</summary>
internal static class AgUICustomEvents
{
    /// <summary>Writes where the stream broke off, and how it continues.</summary>
    public static void Write(AgUIEvents events, ChatSeam seam)
    {
        Utf8JsonWriter json = events.BeginCustom("llmstream.seam"u8);
        json.WriteString("kind"u8, seam.Kind switch
        {
            ChatSeamKind.Appended => "appended"u8,
            ChatSeamKind.Restarted => "restarted"u8,
            _ => "replayed"u8,
        });
        json.WriteNumber("attempt"u8, seam.Attempt);
        json.WriteNumber("textOffset"u8, seam.TextOffset);
        events.EndCustom(json);
    }

    /// <summary>Writes the citations or the file of a content. Other contents are left out.</summary>
    public static void Write(AgUIEvents events, AIContent content)
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

    private static void WriteFile(AgUIEvents events, string url, string mediaType, string? name)
    {
        Utf8JsonWriter json = events.BeginCustom("llmstream.file"u8);
        json.WriteString("url"u8, url);
        json.WriteString("mediaType"u8, mediaType);
        WriteIfSet(json, "name"u8, name);
        events.EndCustom(json);
    }

    private static void WriteCitation(AgUIEvents events, CitationAnnotation citation)
    {
        Utf8JsonWriter json = events.BeginCustom("llmstream.citation"u8);
        WriteIfSet(json, "url"u8, citation.Url?.OriginalString);
        WriteIfSet(json, "title"u8, citation.Title);
        WriteIfSet(json, "snippet"u8, citation.Snippet);
        WriteIfSet(json, "fileId"u8, citation.FileId);
        if (citation.AnnotatedRegions?.OfType<TextSpanAnnotatedRegion>().FirstOrDefault() is { } region)
        {
            if (region.StartIndex is { } start) json.WriteNumber("startIndex"u8, start);
            if (region.EndIndex is { } end) json.WriteNumber("endIndex"u8, end);
        }

        events.EndCustom(json);
    }

    private static void WriteIfSet(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }
}
