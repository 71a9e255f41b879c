using System.Text.Json.Nodes;
using LlmStream.Dialects.OpenAI;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>Writes the parts of a user's message in Responses.</summary>
internal static class ResponsesContents
{
    /// <summary>Writes a part; null if the format has no equivalent.</summary>
    public static JsonObject? Write(AIContent content)
    {
        JsonObject? part = Part(content);
        part?.FillProperties(content.AdditionalProperties); // such as the detail of an image
        return part;
    }

    private static JsonObject? Part(AIContent content) => content switch
    {
        TextContent text => new JsonObject { ["type"] = "input_text", ["text"] = text.Text },
        DataContent data when data.HasTopLevelMediaType("image") => Image("image_url", data.Uri),
        UriContent link when link.HasTopLevelMediaType("image") => Image("image_url", link.Uri.OriginalString),
        HostedFileContent file when file.HasTopLevelMediaType("image") => Image("file_id", file.FileId),
        HostedFileContent file => new JsonObject { ["type"] = "input_file", ["file_id"] = file.FileId },
        DataContent data when data.HasTopLevelMediaType("audio") => OpenAIParts.Audio(data.Base64Data.ToString(), data.MediaType),
        DataContent data => File(data.Name ?? OpenAIParts.DefaultFileName(data.MediaType), data.Uri),
        UriContent link => new JsonObject { ["type"] = "input_file", ["file_url"] = link.Uri.OriginalString },
        _ => null,
    };

    private static JsonObject Image(string field, string value) => new() { ["type"] = "input_image", [field] = value };

    private static JsonObject File(string name, string data) =>
        new() { ["type"] = "input_file", ["filename"] = name, ["file_data"] = data };
}
