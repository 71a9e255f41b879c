using System.Text.Json.Nodes;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.DashScope;

/// <summary>Writes DashScope's messages.</summary>
internal sealed class DashScopeMessageWriter() : MessageWriter(reasoningField: "reasoning_content", takesNames: true)
{
    protected override JsonNode? NoContent => "";

    // Audio and video as Qwen-Audio, Qwen-Omni, and Qwen-VL accept them. A file is uploaded first and named in a system message
    // (fileid://…), which only Qwen-Long understands.
    protected override JsonObject? WritePart(AIContent content) => content switch
    {
        TextContent text => new JsonObject { ["text"] = text.Text },
        DataContent data when FieldOf(data.MediaType) is { } field => new JsonObject { [field] = data.Uri },
        UriContent link when FieldOf(link.MediaType) is { } field => new JsonObject { [field] = link.Uri.OriginalString },
        _ => null,
    };

    private static string? FieldOf(string mediaType) => mediaType.Split('/')[0].ToLowerInvariant() switch
    {
        "image" => "image",
        "audio" => "audio",
        "video" => "video",
        _ => null,
    };
}
