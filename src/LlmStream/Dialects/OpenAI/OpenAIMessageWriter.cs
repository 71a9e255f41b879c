using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.OpenAI;

/// <summary>Messages as OpenAI's Chat Completions has them, with the parts that compatible providers added.</summary>
internal sealed class OpenAIMessageWriter(OpenAIRequestStyle style) : MessageWriter(style.ReasoningField, style.TakesNames)
{
    protected override JsonNode? NoContent => null;

    protected override void Complete(JsonObject written, ChatMessage message)
    {
        if (style.TakesBackFields) MessageFields.AddTo(written, message.Contents, style.ReasoningField);
    }

    protected override JsonObject? WritePart(AIContent content) => content switch
    {
        TextContent text => Part("text", text.Text),
        DataContent data when data.HasTopLevelMediaType("image") => Image(data.Uri, data),
        UriContent link when link.HasTopLevelMediaType("image") => Image(link.Uri.OriginalString, link),
        DataContent data when data.HasTopLevelMediaType("audio") => Audio(data.Base64Data.ToString(), data.MediaType),
        UriContent link when link.HasTopLevelMediaType("audio") => Audio(link.Uri.OriginalString, link.MediaType), // Qwen-Omni takes links
        DataContent data when data.HasTopLevelMediaType("video") => Part("video_url", new JsonObject { ["url"] = data.Uri }), // Qwen, vLLM, OpenRouter
        UriContent link when link.HasTopLevelMediaType("video") => Part("video_url", new JsonObject { ["url"] = link.Uri.OriginalString }),
        HostedFileContent file => Part("file", new JsonObject { ["file_id"] = file.FileId }),
        DataContent data => Part("file", new JsonObject { ["filename"] = data.Name ?? DefaultName(data.MediaType), ["file_data"] = data.Uri }),
        UriContent link => Part("file", new JsonObject { ["filename"] = NameOf(link), ["file_data"] = link.Uri.OriginalString }), // OpenRouter takes links
        _ => null,
    };

    private static JsonObject Part(string type, JsonNode value) => new() { ["type"] = type, [type] = value };

    private static JsonObject Image(string url, AIContent content)
    {
        var image = new JsonObject { ["url"] = url };
        if (content.AdditionalProperties?.TryGetValue("detail", out object? detail) is true && JsonNodes.TryConvert(detail, out JsonNode? node)) image.Fill("detail", node);
        return Part("image_url", image);
    }

    public static JsonObject Audio(string data, string mediaType)
    {
        string subtype = SubtypeOf(mediaType);
        string format = subtype switch
        {
            "mpeg" => "mp3",
            "wave" or "vnd.wave" => "wav",
            _ => subtype,
        };
        return Part("input_audio", new JsonObject { ["data"] = data, ["format"] = format });
    }

    private static string SubtypeOf(string mediaType)
    {
        string subtype = mediaType[(mediaType.IndexOf('/', StringComparison.Ordinal) + 1)..].Split(';')[0].Trim().ToLowerInvariant();
        return subtype.StartsWith("x-", StringComparison.Ordinal) ? subtype[2..] : subtype;
    }

    // The name is obligatory, and a reader of PDF files looks at how it ends.
    public static string DefaultName(string mediaType) => "file." + (SubtypeOf(mediaType) is "plain" ? "txt" : SubtypeOf(mediaType));

    private static string NameOf(UriContent link)
    {
        string name = link.Uri.IsAbsoluteUri ? Path.GetFileName(Uri.UnescapeDataString(link.Uri.AbsolutePath)) : "";
        return name.Length > 0 ? name : DefaultName(link.MediaType);
    }
}
