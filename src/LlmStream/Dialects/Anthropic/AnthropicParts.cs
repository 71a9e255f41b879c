using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>The blocks of which Anthropic's messages are made (platform.claude.com/docs/en/api/messages).</summary>
internal static class AnthropicParts
{
    public static JsonObject Text(string text) => new() { ["type"] = "text", ["text"] = text };

    /// <summary>What a user says.</summary>
    /// <exception cref="ArgumentException">The API has no form for it.</exception>
    public static JsonObject Said(AIContent content, int index)
    {
        JsonObject? block = content.GetType() == typeof(AIContent) && content.RawRepresentation is JsonObject raw ? (JsonObject)raw.DeepClone() : Part(content);
        if (block is null)
        {
            string mediaType = content switch
            {
                DataContent data => $" ({data.MediaType})",
                UriContent uri => $" ({uri.MediaType})",
                _ => "",
            };
            throw new ArgumentException(
                $"Message {index} holds a {content.GetType().Name}{mediaType}, for which this API has no form. Leave it out, or give the block as the provider wants it: new AIContent {{ RawRepresentation = new JsonObject {{ … }} }}.",
                nameof(content));
        }

        foreach ((string name, object? value) in content.AdditionalProperties ?? [])
        {
            if (!block.ContainsKey(name) && JsonNodes.TryConvert(value, out JsonNode? node)) block.Add(name, node); // cache_control, citations, context
        }

        return block;
    }

    public static JsonObject Call(FunctionCallContent call, int index)
    {
        var input = new JsonObject(); // a call whose arguments were no JSON has none here
        foreach ((string name, object? value) in call.Arguments ?? new Dictionary<string, object?>(StringComparer.Ordinal))
            input[name] = JsonNodes.Convert(value, $"The argument \"{name}\" of a function call in message {index}");
        return new JsonObject { ["type"] = "tool_use", ["id"] = ToId(call.CallId), ["name"] = call.Name, ["input"] = input };
    }

    public static JsonObject Result(FunctionResultContent result, int index)
    {
        var block = new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = ToId(result.CallId), ["content"] = ResultContent(result, index) };
        if (result.Exception is not null) block.Add("is_error", true);
        foreach ((string name, object? value) in result.AdditionalProperties ?? [])
        {
            if (name is "cache_control" && JsonNodes.TryConvert(value, out JsonNode? node)) block.Fill(name, node);
        }

        return block;
    }

    public static bool IsResult(JsonNode? block) => block is JsonObject fields && HasText(fields["type"], "tool_result");

    public static bool HasText(JsonNode? node, string text) => node is JsonValue value && value.TryGetValue(out string? found) && string.Equals(found, text, StringComparison.Ordinal);

    /// <summary>An id of letters, digits, <c>_</c> and <c>-</c>, which is all that this API takes; other providers' may have more in them.</summary>
    public static string ToId(string id)
    {
        if (id.All(IsFit)) return id;
        var fit = new StringBuilder(id.Length);
        foreach (char c in id) fit.Append(IsFit(c) ? c : '_');
        return fit.ToString();

        static bool IsFit(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';
    }

    private static JsonObject? Part(AIContent content) => content switch
    {
        TextContent text => Text(text.Text),
        DataContent data when data.HasTopLevelMediaType("image") => Block("image", Base64(data)),
        DataContent data when IsPdf(data.MediaType) => Titled(Block("document", Base64(data)), data.Name),
        DataContent data when data.HasTopLevelMediaType("text") => Titled(
            Block("document", new JsonObject { ["type"] = "text", ["media_type"] = "text/plain", ["data"] = Encoding.UTF8.GetString(data.Data.Span) }), data.Name),
        UriContent link when link.HasTopLevelMediaType("image") => Block("image", Link(link)),
        UriContent link when IsPdf(link.MediaType) => Block("document", Link(link)),
        HostedFileContent file => Block(
            file.MediaType?.StartsWith("image/", StringComparison.OrdinalIgnoreCase) is true ? "image" : "document",
            new JsonObject { ["type"] = "file", ["file_id"] = file.FileId }),
        _ => null,
    };

    /// <summary>What a tool returned: a text, or blocks where there is more than text in it.</summary>
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
        return new JsonArray([.. contents.Where(content => content is not TextContent { Text.Length: 0 }).Select(content => Said(content, index))]);
    }

    private static JsonObject Block(string type, JsonObject source) => new() { ["type"] = type, ["source"] = source };

    private static JsonObject Base64(DataContent data) => new() { ["type"] = "base64", ["media_type"] = data.MediaType, ["data"] = data.Base64Data.ToString() };

    private static JsonObject Link(UriContent link) => new() { ["type"] = "url", ["url"] = link.Uri.OriginalString };

    private static JsonObject Titled(JsonObject document, string? name)
    {
        if (!string.IsNullOrEmpty(name)) document.Add("title", name);
        return document;
    }

    private static bool IsPdf(string mediaType) => string.Equals(mediaType, "application/pdf", StringComparison.OrdinalIgnoreCase);
}
