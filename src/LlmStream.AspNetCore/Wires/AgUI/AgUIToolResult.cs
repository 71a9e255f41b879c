using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.AgUI;

/// <summary>What a tool returned, as text.</summary>
internal static class AgUIToolResult
{
    private static readonly JsonSerializerOptions Options = new(AIJsonUtilities.DefaultOptions) { WriteIndented = false };

    /// <summary>
    /// The text of a result. Never the message of its exception, which may contain secrets: what the model was told is in the result.
    /// </summary>
    public static string ToText(FunctionResultContent content) => content.Result switch
    {
        null => content.Exception is null ? "" : "Error: The tool failed.",
        string text => text,
        // AIFunction returns even strings as JSON. The quotation marks are not part of the result.
        JsonElement { ValueKind: JsonValueKind.String } element => TextOf(element),
        JsonElement { ValueKind: JsonValueKind.Undefined } => "",
        JsonElement element => element.GetRawText(),
        JsonNode node => node.ToJsonString(Options),
        TextContent text => text.Text,
        IEnumerable<AIContent> contents when contents.All(part => part is TextContent) =>
            string.Join('\n', contents.Cast<TextContent>().Select(text => text.Text)),
        { } value => Serialize(value),
    };

    private static string TextOf(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return element.GetRawText(); // half of a surrogate pair
        }
    }

    private static string Serialize(object value)
    {
        try
        {
            return JsonSerializer.Serialize(value, Options.GetTypeInfo(value.GetType()));
        }
        catch (Exception exception) when (exception is NotSupportedException or JsonException or InvalidOperationException)
        {
            // Such as a type for which no contract is known, without reflection.
            return value.ToString() ?? "";
        }
    }
}
