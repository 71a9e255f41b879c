using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Bedrock;

/// <summary>Citations (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationsDelta.html).</summary>
internal static class BedrockCitation
{
    /// <summary>Reads one. It keeps the original, so that it can be sent back.</summary>
    /// <param name="dialect">The name of the dialect.</param>
    /// <param name="json">The bytes of the object.</param>
    public static CitationAnnotation Read(string dialect, ReadOnlySpan<byte> json)
    {
        AIContent original = ProviderContent.Create(dialect, json);
        var citation = new CitationAnnotation
        {
            AdditionalProperties = original.AdditionalProperties,
            RawRepresentation = original.RawRepresentation,
        };
        if (original.RawRepresentation is not JsonElement { ValueKind: JsonValueKind.Object } fields) return citation;
        citation.Title = fields.Text("title");
        citation.Snippet = string.Concat(fields.Items("sourceContent").Select(source => source.Text("text")));
        string? address = fields.TryGetProperty("location", out JsonElement location) && location.ValueKind == JsonValueKind.Object
            && location.TryGetProperty("web", out JsonElement web) && web.ValueKind == JsonValueKind.Object
                ? web.Text("url")
                : fields.Text("source");
        if (Uri.TryCreate(address, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https") citation.Url = url;
        return citation;
    }
}
