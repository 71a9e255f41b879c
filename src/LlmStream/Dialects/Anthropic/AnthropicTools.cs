using System.Text.Json.Nodes;
using LlmStream.Requests;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>Writes tools, and how the model may use them, in Anthropic's format.</summary>
internal static class AnthropicTools
{
    // Optional fields of a declaration (platform.claude.com/docs/en/agents-and-tools/tool-use).
    private static readonly string[] OptionalFields =
        ["cache_control", "defer_loading", "allowed_callers", "input_examples", "eager_input_streaming"];

    /// <summary>Sets <c>tools</c> and <c>tool_choice</c>.</summary>
    /// <exception cref="ArgumentException">A tool is not supported.</exception>
    public static void Fill(JsonObject body, ChatOptions options)
    {
        if (options.Tools is { Count: > 0 } tools && !body.ContainsKey("tools"))
            body.Add("tools", new JsonArray([.. tools.Select(tool => Declare(tool, options))]));

        // Without tools, the API refuses a choice among them.
        if (body.ContainsKey("tools")) body.Fill("tool_choice", Choice(options));
    }

    // An unsupported tool is refused rather than ignored: without it the answers would be worse, and nothing would show why.
    private static JsonObject Declare(AITool? tool, ChatOptions options) => tool switch
    {
        AIFunctionDeclaration function => Declare(function, options),
        HostedWebSearchTool => new JsonObject { ["type"] = "web_search_20250305", ["name"] = "web_search" },
        HostedCodeInterpreterTool => new JsonObject { ["type"] = "code_execution_20250825", ["name"] = "code_execution" },
        _ => throw InvalidRequest.UnsupportedTool(
            tool,
            "Use AIFunction, AIFunctionDeclaration, HostedWebSearchTool, or HostedCodeInterpreterTool. To use any other tool, set "
            + "\"tools\", with all tools, in a JsonObject from ChatOptions.RawRepresentationFactory."),
    };

    private static JsonObject Declare(AIFunctionDeclaration function, ChatOptions options)
    {
        bool? strict = RequestFields.StrictOf(function, options);
        var declaration = new JsonObject { ["name"] = function.Name };
        if (function.Description.Length > 0) declaration.Add("description", function.Description);
        declaration.Add("input_schema", RequestTools.ObjectSchema(strict is true ? AnthropicSchemas.Of(function) : function.JsonSchema));
        declaration.Fill("strict", strict);
        declaration.FillProperties(function.AdditionalProperties.Where(property => OptionalFields.Contains(property.Key)));
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
        if (options.ToolMode is not NoneChatToolMode && options.AllowMultipleToolCalls is { } several)
            choice?.Add("disable_parallel_tool_use", !several);
        return choice;
    }
}
