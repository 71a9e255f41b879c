using System.Text.Json.Nodes;
using LlmStream.Dialects.OpenAI;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>The parts of what a user says to Responses.</summary>
internal static class ResponsesContents
{
    /// <summary>A part, or null: the API has no form for it.</summary>
    public static JsonObject? Write(AIContent content) => content switch
    {
        TextContent text => With(content, new JsonObject { ["type"] = "input_text", ["text"] = text.Text }),
        DataContent data when data.HasTopLevelMediaType("image") => Image("image_url", data.Uri, content),
        UriContent link when link.HasTopLevelMediaType("image") => Image("image_url", link.Uri.OriginalString, content),
        HostedFileContent file when file.HasTopLevelMediaType("image") => Image("file_id", file.FileId, content),
        HostedFileContent file => With(content, new JsonObject { ["type"] = "input_file", ["file_id"] = file.FileId }),
        DataContent data when data.HasTopLevelMediaType("audio") => With(content, OpenAIMessageWriter.Audio(data.Base64Data.ToString(), data.MediaType)),
        DataContent data => With(content, new JsonObject { ["type"] = "input_file", ["filename"] = data.Name ?? OpenAIMessageWriter.DefaultName(data.MediaType), ["file_data"] = data.Uri }),
        UriContent link => With(content, new JsonObject { ["type"] = "input_file", ["file_url"] = link.Uri.OriginalString }),
        _ => null,
    };

    private static JsonObject Image(string field, string value, AIContent content) => With(content, new JsonObject { ["type"] = "input_image", [field] = value });

    /// <summary>Adds what the caller noted on the content: the detail of an image, and whatever the API will invent.</summary>
    private static JsonObject With(AIContent content, JsonObject part)
    {
        foreach ((string name, object? value) in content.AdditionalProperties ?? [])
        {
            if (!part.ContainsKey(name) && JsonNodes.TryConvert(value, out JsonNode? node)) part.Add(name, node);
        }

        return part;
    }
}
