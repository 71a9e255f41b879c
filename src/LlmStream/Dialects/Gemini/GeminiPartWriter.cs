using System.Text.Json.Nodes;
using LlmStream.Answers;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>Writes contents as Gemini's parts.</summary>
internal static class GeminiPartWriter
{
    /// <summary>Writes a part; null if the format has no equivalent.</summary>
    /// <param name="content">The content.</param>
    /// <param name="address">The base address of uploaded files, or null.</param>
    public static JsonObject? Write(AIContent content, Uri? address) => content switch
    {
        TextContent text => new JsonObject { ["text"] = text.Text },
        DataContent data => new JsonObject { ["inlineData"] = Inline(data) },
        UriContent link => File(link.Uri.OriginalString, link.MediaType),
        HostedFileContent file => File(AddressOf(file.FileId, address), file.MediaType),
        _ => ProviderContent.Read("gemini", content) ?? RawContent.Read(content),
    };

    public static JsonObject Inline(DataContent data) => new() { ["mimeType"] = data.MediaType, ["data"] = data.Base64Data.ToString() };

    // Requests name a file by its absolute address, responses by "files/ID".
    private static string AddressOf(string file, Uri? address)
    {
        bool isAbsolute = file.Contains("://", StringComparison.Ordinal);
        return !isAbsolute && address is not null && Uri.TryCreate(address, file, out Uri? absolute) ? absolute.AbsoluteUri : file;
    }

    private static JsonObject File(string uri, string? mediaType)
    {
        var file = new JsonObject { ["fileUri"] = uri };
        file.Fill("mimeType", mediaType);
        return new JsonObject { ["fileData"] = file };
    }
}
