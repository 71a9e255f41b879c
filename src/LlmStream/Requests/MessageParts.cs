using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace LlmStream.Requests;

/// <summary>Parts of a content of the form <c>{"type":"text","text":"…"}</c>, which several formats share.</summary>
internal static class MessageParts
{
    public static JsonObject Part(string type, JsonNode value) => new() { ["type"] = type, [type] = value };

    /// <summary>An image. Its <c>detail</c> is an additional property of the content.</summary>
    public static JsonObject Image(string url, AIContent content)
    {
        var image = new JsonObject { ["url"] = url };
        image.FillProperties(content.AdditionalProperties?.Where(property => property.Key is "detail"));
        return Part("image_url", image);
    }
}
