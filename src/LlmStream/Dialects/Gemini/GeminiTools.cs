using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>Writes tools, and how the model may use them, in Gemini's format (ai.google.dev/api/caching#Tool).</summary>
internal static class GeminiTools
{
    /// <summary>Sets <c>tools</c> and <c>toolConfig</c>.</summary>
    /// <exception cref="ArgumentException">A tool is not supported.</exception>
    public static void Fill(JsonObject body, ChatOptions options)
    {
        if (options.Tools is { Count: > 0 } tools && !body.ContainsKey("tools")) body.Add("tools", Declare(tools));
        if (!body.ContainsKey("tools") || Choice(options.ToolMode) is not { } choice) return;
        body.FillObject("toolConfig").Fill("functionCallingConfig", choice);
    }

    private static JsonArray Declare(IList<AITool> tools)
    {
        var functions = new JsonArray();
        var declared = new JsonArray();
        foreach (AITool? tool in tools)
        {
            switch (tool)
            {
                case AIFunctionDeclaration function:
                    functions.Add((JsonNode)Declare(function));
                    break;
                case HostedWebSearchTool:
                    declared.Add((JsonNode)new JsonObject { ["googleSearch"] = new JsonObject() });
                    break;
                case HostedCodeInterpreterTool:
                    declared.Add((JsonNode)new JsonObject { ["codeExecution"] = new JsonObject() });
                    break;
                default:
                    // Refused rather than ignored: without the tool the answers would be worse, and nothing would show why.
                    throw InvalidRequest.UnsupportedTool(
                        tool,
                        "Use AIFunction, AIFunctionDeclaration, HostedWebSearchTool, or HostedCodeInterpreterTool. To use any other "
                        + "built-in tool, set \"tools\", with all tools, in ChatOptions.AdditionalProperties.");
            }
        }

        // All functions together are one tool.
        if (functions.Count > 0) declared.Insert(0, new JsonObject { ["functionDeclarations"] = functions });
        return declared;
    }

    private static JsonObject Declare(AIFunctionDeclaration function)
    {
        var declaration = new JsonObject { ["name"] = function.Name, ["description"] = function.Description }; // both are required
        // A JSON Schema. The older field "parameters" supports only a subset, and refuses the rest.
        if (JsonNodes.FromElement(function.JsonSchema) is not JsonObject { Count: > 0 } schema) return declaration;
        if (schema["properties"] is JsonObject { Count: 0 }) return declaration;
        schema.Fill("type", "object");
        declaration.Add("parametersJsonSchema", schema);
        return declaration;
    }

    private static JsonObject? Choice(ChatToolMode? mode) => mode switch
    {
        AutoChatToolMode => new JsonObject { ["mode"] = "AUTO" },
        NoneChatToolMode => new JsonObject { ["mode"] = "NONE" },
        RequiredChatToolMode { RequiredFunctionName: { } name } =>
            new JsonObject { ["mode"] = "ANY", ["allowedFunctionNames"] = RequestFields.Array([name]) },
        RequiredChatToolMode => new JsonObject { ["mode"] = "ANY" },
        _ => null,
    };
}
