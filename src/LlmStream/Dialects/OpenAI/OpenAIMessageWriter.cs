using System.Text.Json.Nodes;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.OpenAI;

/// <summary>
/// Writes the messages of OpenAI's Chat Completions, including parts that only compatible providers have. The limits of names are
/// OpenAI's, and text is a string because DeepSeek and others refuse a list of parts.
/// </summary>
internal sealed class OpenAIMessageWriter(LlmRequestStyle style) : MessageWriter(style.ReasoningField, style.AcceptsNames)
{
    protected override JsonNode? NoContent => null;

    protected override void Complete(JsonObject message, ConversationTurn turn)
    {
        if (style.AcceptsAnswerFields) MessageFields.AddTo(message, turn.Contents, style.ReasoningField);
    }

    protected override JsonObject? WritePart(AIContent content) => content switch
    {
        TextContent text => MessageParts.Part("text", text.Text),
        DataContent data when data.HasTopLevelMediaType("image") => MessageParts.Image(data.Uri, data),
        UriContent link when link.HasTopLevelMediaType("image") => MessageParts.Image(link.Uri.OriginalString, link),
        DataContent data when data.HasTopLevelMediaType("audio") => OpenAIParts.Audio(data.Base64Data.ToString(), data.MediaType),
        UriContent link when link.HasTopLevelMediaType("audio") => OpenAIParts.Audio(link.Uri.OriginalString, link.MediaType), // Qwen-Omni
        DataContent data when data.HasTopLevelMediaType("video") => Video(data.Uri),
        UriContent link when link.HasTopLevelMediaType("video") => Video(link.Uri.OriginalString),
        HostedFileContent file => MessageParts.Part("file", new JsonObject { ["file_id"] = file.FileId }),
        DataContent data => File(data.Name ?? OpenAIParts.DefaultFileName(data.MediaType), data.Uri),
        UriContent link => File(OpenAIParts.FileNameOf(link), link.Uri.OriginalString), // OpenRouter
        _ => null,
    };

    // Qwen, vLLM, OpenRouter.
    private static JsonObject Video(string url) => MessageParts.Part("video_url", new JsonObject { ["url"] = url });

    private static JsonObject File(string name, string data) =>
        MessageParts.Part("file", new JsonObject { ["filename"] = name, ["file_data"] = data });
}
