using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>Writes the blocks of Anthropic's messages (platform.claude.com/docs/en/api/messages).</summary>
internal static class AnthropicParts
{
    public static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    /// <summary>Writes a part of a user's message or of a result.</summary>
    /// <exception cref="ArgumentException">The format has no equivalent.</exception>
    public static JsonObject Part(AIContent content, int index)
    {
        JsonObject block = RawContent.Read(content) ?? Block(content) ?? throw InvalidRequest.UnsupportedContent(index, content);
        block.FillProperties(content.AdditionalProperties); // such as cache_control, citations, context
        return block;
    }

    /// <exception cref="ArgumentException">An argument cannot be converted to JSON.</exception>
    public static JsonObject Call(FunctionCallContent call, int index) =>
        new() { ["type"] = "tool_use", ["id"] = ToId(call.CallId), ["name"] = call.Name, ["input"] = ToolArguments.ToJson(call, index) };

    /// <exception cref="ArgumentException">The result cannot be converted to JSON, or the format has no equivalent.</exception>
    public static JsonObject Result(FunctionResultContent result, int index)
    {
        var block = new JsonObject
        {
            ["type"] = "tool_result",
            ["tool_use_id"] = ToId(result.CallId),
            ["content"] = ResultContent(result, index),
        };
        if (result.Exception is not null) block.Add("is_error", true);
        block.FillProperties(result.AdditionalProperties?.Where(property => property.Key is "cache_control"));
        return block;
    }

    public static bool IsResult(JsonNode? block) => (block as JsonObject)?["type"].Is("tool_result") is true;

    /// <summary>An id of letters, digits, <c>_</c>, and <c>-</c>. The API refuses other characters, which other providers use.</summary>
    public static string ToId(string id)
    {
        if (id.All(IsValid)) return id;
        var valid = new StringBuilder(id.Length);
        foreach (char c in id) valid.Append(IsValid(c) ? c : '_');
        return valid.ToString();

        static bool IsValid(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
    }

    /// <summary>Replaces a list of one plain text by a copy of the text.</summary>
    public static JsonNode Simplify(JsonArray blocks) =>
        blocks is [JsonObject { Count: 2 } only] && only["type"].Is("text") && only["text"] is JsonValue text ? text.DeepClone() : blocks;

    private static JsonObject? Block(AIContent content) => content switch
    {
        TextContent text => Text(text.Text),
        DataContent data when data.HasTopLevelMediaType("image") => WithSource("image", Base64(data)),
        DataContent data when IsPdf(data.MediaType) => WithTitle(WithSource("document", Base64(data)), data.Name),
        DataContent data when data.HasTopLevelMediaType("text") => WithTitle(WithSource("document", PlainText(data)), data.Name),
        UriContent link when link.HasTopLevelMediaType("image") => WithSource("image", Link(link)),
        UriContent link when IsPdf(link.MediaType) => WithSource("document", Link(link)),
        HostedFileContent file => WithSource(
            file.MediaType?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) is true ? "image" : "document",
            new JsonObject { ["type"] = "file", ["file_id"] = file.FileId }),
        _ => null,
    };

    /// <summary>The content of a result: text, or blocks if it has more than text.</summary>
    private static JsonNode ResultContent(FunctionResultContent result, int index)
    {
        IEnumerable<AIContent>? contents = result.Result switch
        {
            TextContent => null,
            AIContent content => [content],
            IEnumerable<AIContent> several => several,
            _ => null,
        };
        if (contents is null || contents.All(content => content is TextContent)) return ToolResults.ToText(result, index);
        IEnumerable<AIContent> parts = contents.Where(content => content is not TextContent { Text.Length: 0 });
        return new JsonArray([.. parts.Select(content => Part(content, index))]);
    }

    private static JsonObject WithSource(string type, JsonObject source) => new() { ["type"] = type, ["source"] = source };

    private static JsonObject WithTitle(JsonObject document, string? name)
    {
        if (!string.IsNullOrEmpty(name)) document.Add("title", name);
        return document;
    }

    private static JsonObject Base64(DataContent data) =>
        new() { ["type"] = "base64", ["media_type"] = data.MediaType, ["data"] = data.Base64Data.ToString() };

    private static JsonObject PlainText(DataContent data) =>
        new() { ["type"] = "text", ["media_type"] = "text/plain", ["data"] = Encoding.UTF8.GetString(data.Data.Span) };

    private static JsonObject Link(UriContent link) => new() { ["type"] = "url", ["url"] = link.Uri.OriginalString };

    private static bool IsPdf(string mediaType) => string.Equals(mediaType, "application/pdf", StringComparison.OrdinalIgnoreCase);
}
