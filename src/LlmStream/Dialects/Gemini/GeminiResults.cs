using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>Writes what a tool returned as Gemini's <c>functionResponse</c>, whose <c>response</c> is always an object.</summary>
internal static class GeminiResults
{
    /// <param name="content">The result.</param>
    /// <param name="name">The name of the function.</param>
    /// <param name="index">The index of the message, for error messages.</param>
    /// <exception cref="ArgumentException">The result cannot be converted to JSON.</exception>
    public static JsonObject Write(FunctionResultContent content, string name, int index)
    {
        var written = new JsonObject { ["name"] = name };
        written.Fill("id", GeminiMessageWriter.IdOf(content.CallId));
        IReadOnlyList<AIContent> contents = content.Result switch
        {
            AIContent one => [one],
            IEnumerable<AIContent> several => [.. several],
            _ => [],
        };

        // Images and files are parts separate from the text.
        bool isMedia = contents.Count > 0 && contents.All(part => part is TextContent or DataContent);
        string text = string.Join('\n', contents.OfType<TextContent>().Select(part => part.Text));
        written.Add("response", isMedia ? Result(text) : Response(content, index));
        JsonNode[] parts = [.. contents.OfType<DataContent>().Select(InlinePart)];
        if (parts.Length > 0) written.Add("parts", new JsonArray(parts));
        return written;
    }

    private static JsonObject Response(FunctionResultContent content, int index) => content.Result switch
    {
        null when content.Exception is { } exception => new JsonObject { ["error"] = exception.Message },
        string text => Result(text),
        JsonElement { ValueKind: JsonValueKind.String } element => Result(element.GetString()),
        _ => ToolResults.ToJson(content, index) switch
        {
            JsonObject response => response,
            var other => Result(other),
        },
    };

    private static JsonObject InlinePart(DataContent data) => new() { ["inlineData"] = GeminiPartWriter.Inline(data) };

    private static JsonObject Result(JsonNode? result) => new() { ["result"] = result };
}
