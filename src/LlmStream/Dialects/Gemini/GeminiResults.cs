using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>What a tool returned, as Gemini's <c>functionResponse</c>: always an object.</summary>
internal static class GeminiResults
{
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

        if (contents.Count > 0)
        {
            // Images and files stand beside what is said.
            written.Add("response", new JsonObject { ["result"] = string.Join('\n', contents.OfType<TextContent>().Select(text => text.Text)) });
            JsonNode?[] parts = [.. contents.OfType<DataContent>().Select(data => new JsonObject { ["inlineData"] = GeminiPartWriter.Inline(data) })];
            if (parts.Length > 0) written.Add("parts", new JsonArray(parts));
            if (contents.All(part => part is TextContent or DataContent)) return written;
            written.Remove("response");
        }

        written.Add("response", content.Result switch
        {
            // Nobody put the failure into words for the model, so its own words have to do.
            null when content.Exception is { } exception => new JsonObject { ["error"] = exception.Message },
            string text => new JsonObject { ["result"] = text },
            JsonElement { ValueKind: JsonValueKind.String } element => new JsonObject { ["result"] = element.GetString() },
            _ => JsonNodes.Convert(content.Result, $"The result of the call \"{content.CallId}\" in message {index}") switch
            {
                JsonObject result => result,
                var other => new JsonObject { ["result"] = other },
            },
        });
        return written;
    }
}
