using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Requests;

/// <summary>Writes what a tool returned as the text that the model reads.</summary>
internal static class ToolResults
{
    /// <param name="content">The result.</param>
    /// <param name="index">The index of the message, for error messages.</param>
    /// <exception cref="ArgumentException">The result cannot be converted to JSON.</exception>
    public static string ToText(FunctionResultContent content, int index)
    {
        switch (content.Result)
        {
            case null when content.Exception is { } exception: return $"Error: {exception.Message}";
            case string text: return text;
            // AIFunction returns even strings as JSON. The quotation marks are not part of the result.
            case JsonElement { ValueKind: JsonValueKind.String } element: return element.GetString()!;
            case JsonValue value when value.AsText() is { } text: return text;
            case TextContent text: return text.Text;
            case IEnumerable<AIContent> contents when contents.All(part => part is TextContent):
                return string.Join('\n', contents.Cast<TextContent>().Select(text => text.Text));
            // The text of no result is "null": some servers refuse an empty message.
            default: return JsonNodes.ToJsonText(ToJson(content, index));
        }
    }

    /// <summary>The result as JSON, or null if there is none.</summary>
    /// <exception cref="ArgumentException">The result cannot be converted to JSON.</exception>
    public static JsonNode? ToJson(FunctionResultContent content, int index) => JsonNodes.Convert(
        content.Result, $"The result of the function call \"{content.CallId}\" in message {index}", InvalidRequest.MessagesParameter);
}
