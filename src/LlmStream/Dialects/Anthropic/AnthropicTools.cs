using System.Text.Json.Nodes;
using LlmStream.Json;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>Tools, and how the model may use them, as Anthropic writes them.</summary>
internal static class AnthropicTools
{
    // What a declaration may say besides: platform.claude.com/docs/en/agents-and-tools/tool-use.
    private static readonly string[] MoreFields = ["cache_control", "defer_loading", "allowed_callers", "input_examples", "eager_input_streaming"];

    public static void Fill(JsonObject body, ChatOptions options)
    {
        if (options.Tools is { Count: > 0 } tools && !body.ContainsKey("tools")) body.Add("tools", new JsonArray([.. tools.Select(tool => Declare(tool, options))]));

        // Without tools, a choice among them is refused.
        if (body.ContainsKey("tools")) body.Fill("tool_choice", Choice(options));
    }

    private static JsonObject Declare(AITool? tool, ChatOptions options) => tool switch
    {
        AIFunctionDeclaration function => Declare(function, options),
        HostedWebSearchTool => new JsonObject { ["type"] = "web_search_20250305", ["name"] = "web_search" },
        HostedCodeInterpreterTool => new JsonObject { ["type"] = "code_execution_20250825", ["name"] = "code_execution" },
        null => throw new ArgumentException("A tool is null. Leave it out of ChatOptions.Tools.", nameof(options)),
        // A model without a tool that it was meant to have gives worse answers, and nobody sees why.
        _ => throw new ArgumentException(
            $"The tool \"{tool.Name}\" is a {tool.GetType().Name}, for which no form is known here. Give tools as AIFunction or AIFunctionDeclaration, HostedWebSearchTool or HostedCodeInterpreterTool; all others by \"tools\" of a JsonObject of your own (ChatOptions.RawRepresentationFactory), which then has to hold all of them.",
            nameof(options)),
    };

    private static JsonObject Declare(AIFunctionDeclaration function, ChatOptions options)
    {
        bool? strict = RequestFields.ReadStrict(function.AdditionalProperties, RequestFields.StrictKey)
            ?? RequestFields.ReadStrict(function.AdditionalProperties, "strict")
            ?? RequestFields.ReadStrict(function.AdditionalProperties, "Strict")
            ?? RequestFields.ReadStrict(options.AdditionalProperties, RequestFields.StrictKey);
        JsonObject schema = JsonNodes.FromElement(strict is true ? AnthropicSchemas.Of(function) : function.JsonSchema) as JsonObject ?? [];
        schema.Fill("type", "object");
        schema.Fill("properties", new JsonObject());

        var declaration = new JsonObject { ["name"] = function.Name };
        if (function.Description.Length > 0) declaration.Add("description", function.Description);
        declaration.Add("input_schema", schema);
        declaration.Fill("strict", strict);
        foreach (string name in MoreFields)
        {
            if (function.AdditionalProperties.TryGetValue(name, out object? value) && JsonNodes.TryConvert(value, out JsonNode? node)) declaration.Fill(name, node);
        }

        return declaration;
    }

    private static JsonObject? Choice(ChatOptions options)
    {
        JsonObject? choice = options.ToolMode switch
        {
            AutoChatToolMode => new JsonObject { ["type"] = "auto" },
            NoneChatToolMode => new JsonObject { ["type"] = "none" },
            RequiredChatToolMode { RequiredFunctionName: { } name } => new JsonObject { ["type"] = "tool", ["name"] = name },
            RequiredChatToolMode => new JsonObject { ["type"] = "any" },
            _ => options.AllowMultipleToolCalls is null ? null : new JsonObject { ["type"] = "auto" },
        };
        if (options.ToolMode is not NoneChatToolMode && options.AllowMultipleToolCalls is { } several) choice?.Add("disable_parallel_tool_use", !several);
        return choice;
    }
}
