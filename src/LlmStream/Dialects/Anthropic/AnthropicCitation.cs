using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>
/// Anthropic's citations (platform.claude.com/docs/en/build-with-claude/citations): of a place in a document, of a search result, or of
/// a web page.
/// </summary>
internal static class AnthropicCitation
{
    /// <summary>Reads one. It keeps the original, so that it can be sent back.</summary>
    /// <param name="json">The bytes of the object.</param>
    public static CitationAnnotation Read(ReadOnlySpan<byte> json)
    {
        AIContent original = ProviderContent.Create(AnthropicDialect.DialectName, json);
        var citation = new CitationAnnotation
        {
            AdditionalProperties = original.AdditionalProperties,
            RawRepresentation = original.RawRepresentation,
        };
        if (original.RawRepresentation is not JsonElement fields) return citation;
        citation.Title = fields.Text("title") ?? fields.Text("document_title");
        citation.Snippet = fields.Text("cited_text");
        citation.FileId = fields.Text("file_id");
        // The source of a search result that the caller passed can be any name.
        if (Uri.TryCreate(fields.Text("url") ?? fields.Text("source"), UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https")
            citation.Url = url;
        return citation;
    }
}
