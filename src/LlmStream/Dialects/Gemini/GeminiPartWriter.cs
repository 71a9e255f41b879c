using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>Contents as Gemini's parts.</summary>
internal static class GeminiPartWriter
{
    /// <summary>The part, or null: the API has no form for the content.</summary>
    /// <param name="content">The content.</param>
    /// <param name="address">The address below which uploaded files lie, or null.</param>
    public static JsonObject? Write(AIContent content, Uri? address) => content switch
    {
        TextContent text => new JsonObject { ["text"] = text.Text },
        DataContent data => new JsonObject { ["inlineData"] = Inline(data) },
        UriContent link => File(link.Uri.OriginalString, link.MediaType),
        HostedFileContent file => File(AddressOf(file.FileId, address), file.MediaType),
        _ => ProviderContent.Read("gemini", content)
            ?? (content.GetType() == typeof(AIContent) && content.RawRepresentation is JsonObject raw ? (JsonObject)raw.DeepClone() : null),
    };

    public static JsonObject Inline(DataContent data) => new() { ["mimeType"] = data.MediaType, ["data"] = data.Base64Data.ToString() };

    // The API calls a file by its whole address, and in its own answers by "files/ID".
    private static string AddressOf(string file, Uri? address) =>
        address is null || file.Contains("://", StringComparison.Ordinal) || !Uri.TryCreate(address, file, out Uri? whole) ? file : whole.AbsoluteUri;

    private static JsonObject File(string uri, string? mediaType)
    {
        var file = new JsonObject { ["fileUri"] = uri };
        file.Fill("mimeType", mediaType);
        return new JsonObject { ["fileData"] = file };
    }
}
