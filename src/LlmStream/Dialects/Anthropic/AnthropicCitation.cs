using System.Text.Json;
using LlmStream.Answers;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>
/// Citations (platform.claude.com/docs/en/build-with-claude/citations) of a place in a document, of a search result, or of a
/// web page.
/// </summary>
internal static class AnthropicCitation
{
    /// <summary>Reads a citation. The original is kept in it, so that it can be sent back.</summary>
    /// <param name="json">The bytes of the object.</param>
    public static CitationAnnotation Read(ReadOnlySpan<byte> json)
    {
        AIContent original = ProviderContent.Create(AnthropicDialect.DialectName, json);
        var citation = new CitationAnnotation { AdditionalProperties = original.AdditionalProperties, RawRepresentation = original.RawRepresentation };
        if (original.RawRepresentation is not JsonElement { ValueKind: JsonValueKind.Object } fields) return citation;
        citation.Title = Text(fields, "title") ?? Text(fields, "document_title");
        citation.Snippet = Text(fields, "cited_text");
        citation.FileId = Text(fields, "file_id");
        // The source of the caller's own search results can be any string.
        if (Uri.TryCreate(Text(fields, "url") ?? Text(fields, "source"), UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https") citation.Url = url;
        return citation;
    }

    private static string? Text(JsonElement fields, string name) =>
        fields.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}
