using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>Tools, and how the model may use them, as Gemini has them (ai.google.dev/api/caching#Tool).</summary>
internal static class GeminiTools
{
    public static void Fill(JsonObject body, ChatOptions options)
    {
        if (options.Tools is { Count: > 0 } tools && !body.ContainsKey("tools")) body.Add("tools", Declare(tools));
        if (!body.ContainsKey("tools") || Choice(options.ToolMode) is not { } choice) return;
        body.FillObject("toolConfig").Fill("functionCallingConfig", choice);
    }

    private static JsonArray Declare(IList<AITool> tools)
    {
        var functions = new JsonArray();
        var hosted = new List<JsonNode?>();
        foreach (AITool? tool in tools)
        {
            switch (tool)
            {
                case AIFunctionDeclaration function:
                    functions.Add((JsonNode)Declare(function));
                    break;
                case HostedWebSearchTool:
                    hosted.Add(new JsonObject { ["googleSearch"] = new JsonObject() });
                    break;
                case HostedCodeInterpreterTool:
                    hosted.Add(new JsonObject { ["codeExecution"] = new JsonObject() });
                    break;
                case null:
                    throw new ArgumentException("A tool is null. Leave it out of ChatOptions.Tools.", nameof(tools));
                default:
                    // A model without a tool that it was meant to have gives worse answers, and nobody sees why.
                    throw new ArgumentException(
                        $"The tool \"{tool.Name}\" is a {tool.GetType().Name}, which this API cannot be asked for. Give tools as AIFunction, AIFunctionDeclaration, HostedWebSearchTool or HostedCodeInterpreterTool; what else the provider has built in, ask for by \"tools\" in ChatOptions.AdditionalProperties.",
                        nameof(tools));
            }
        }

        // All functions are one tool; each of the others is one.
        return functions.Count == 0 ? [.. hosted] : [new JsonObject { ["functionDeclarations"] = functions }, .. hosted];
    }

    private static JsonObject Declare(AIFunctionDeclaration function)
    {
        var declaration = new JsonObject { ["name"] = function.Name, ["description"] = function.Description }; // both are obligatory
        // As JSON Schema. The older "parameters" knows only a part of it, and refuses the rest.
        if (JsonNodes.FromElement(function.JsonSchema) is JsonObject { Count: > 0 } schema && schema["properties"] is not JsonObject { Count: 0 })
        {
            schema.Fill("type", "object");
            declaration.Add("parametersJsonSchema", schema);
        }

        return declaration;
    }

    private static JsonObject? Choice(ChatToolMode? mode) => mode switch
    {
        AutoChatToolMode => new JsonObject { ["mode"] = "AUTO" },
        NoneChatToolMode => new JsonObject { ["mode"] = "NONE" },
        RequiredChatToolMode { RequiredFunctionName: { } name } => new JsonObject { ["mode"] = "ANY", ["allowedFunctionNames"] = new JsonArray(name) },
        RequiredChatToolMode => new JsonObject { ["mode"] = "ANY" },
        _ => null,
    };
}
