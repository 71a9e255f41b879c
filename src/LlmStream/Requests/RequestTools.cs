using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Requests;

/// <summary>
/// Writes tools, and how the model may use them, in the form that most formats share:
/// <c>{"type":"function","function":{name, description, parameters}}</c>.
/// </summary>
internal static class RequestTools
{
    /// <summary>Transforms schemas for strict mode: every property is required, no others are allowed, and none has a default.</summary>
    public static AIJsonSchemaTransformCache StrictSchemas { get; } = new(new AIJsonSchemaTransformOptions
    {
        ConvertBooleanSchemas = true,
        DisallowAdditionalProperties = true,
        MoveDefaultKeywordToDescription = true,
        RequireAllProperties = true,
    });

    /// <summary>Sets <c>tools</c>, <c>tool_choice</c>, and <c>parallel_tool_calls</c>.</summary>
    /// <param name="fields">The object whose fields are set.</param>
    /// <param name="options">The options that request the tools.</param>
    /// <param name="webSearchField">The field that enables the provider's own web search, or null if it has none.</param>
    /// <exception cref="ArgumentException">A tool is not a function.</exception>
    public static void Fill(JsonObject fields, ChatOptions options, string? webSearchField)
    {
        if (options.Tools is { Count: > 0 } tools && !fields.ContainsKey("tools"))
        {
            var declarations = new JsonArray();
            foreach (AITool? tool in tools)
            {
                if (tool is HostedWebSearchTool && webSearchField is not null) fields.Fill(webSearchField, true);
                else declarations.Add((JsonNode)Declare(tool, options));
            }

            if (declarations.Count > 0) fields.Add("tools", declarations);
        }

        // Without tools, some servers answer 400 to either of these.
        if (!fields.ContainsKey("tools")) return;
        fields.Fill("tool_choice", Choice(options.ToolMode));
        fields.Fill("parallel_tool_calls", options.AllowMultipleToolCalls);
    }

    /// <summary>The name, description, and parameters of a function.</summary>
    public static JsonObject Describe(AIFunctionDeclaration function, ChatOptions options)
    {
        bool? strict = RequestFields.StrictOf(function, options);
        var declaration = new JsonObject { ["name"] = function.Name };
        if (function.Description.Length > 0) declaration.Add("description", function.Description);
        JsonElement schema = strict is true ? StrictSchemas.GetOrCreateTransformedSchema(function) : function.JsonSchema;
        declaration.Add("parameters", ObjectSchema(schema));
        declaration.Fill("strict", strict);
        return declaration;
    }

    /// <summary>
    /// The schema of a function's parameters, which are always an object. A declaration without a schema has the schema
    /// <c>true</c> or <c>{}</c>, which would allow anything.
    /// </summary>
    public static JsonObject ObjectSchema(JsonElement schema)
    {
        JsonObject written = JsonNodes.FromElement(schema) as JsonObject ?? [];
        written.Fill("type", "object");
        written.Fill("properties", new JsonObject());
        return written;
    }

    // An unsupported tool is refused rather than ignored: without it the answers would be worse, and nothing would show why.
    private static JsonObject Declare(AITool? tool, ChatOptions options) => tool is AIFunctionDeclaration function
        ? new JsonObject { ["type"] = "function", ["function"] = Describe(function, options) }
        : throw InvalidRequest.UnsupportedTool(
            tool,
            "Use AIFunction or AIFunctionDeclaration. To use a built-in tool of the provider, set its parameter in "
            + "ChatOptions.AdditionalProperties.");

    private static JsonNode? Choice(ChatToolMode? mode) => mode switch
    {
        AutoChatToolMode => "auto",
        NoneChatToolMode => "none",
        RequiredChatToolMode { RequiredFunctionName: { } name } =>
            new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = name } },
        RequiredChatToolMode => "required",
        _ => null,
    };
}
