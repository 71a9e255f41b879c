using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Requests;

/// <summary>What a tool returned, as the text that the model reads.</summary>
internal static class ToolResults
{
    public static string ToText(FunctionResultContent content, int index)
    {
        switch (content.Result)
        {
            // Nobody put the failure into words for the model, so its own words have to do.
            case null when content.Exception is { } exception: return $"Error: {exception.Message}";
            case string text: return text;
            // AIFunction returns even a string as JSON. In quotes it would read as a quotation.
            case JsonElement { ValueKind: JsonValueKind.String } element: return element.GetString()!;
            case JsonValue value when value.TryGetValue(out string? text): return text;
            case TextContent text: return text.Text;
            case IEnumerable<AIContent> contents when contents.All(part => part is TextContent):
                return string.Join('\n', contents.Cast<TextContent>().Select(text => text.Text));
            // No result is null: an empty message is refused by some.
            default: return JsonNodes.ToText(JsonNodes.Convert(content.Result, $"The result of the call \"{content.CallId}\" in message {index}"));
        }
    }
}
