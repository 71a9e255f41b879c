using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Requests;

/// <summary>Tools, and how the model may use them. OpenAI and DashScope write them alike.</summary>
internal static class RequestTools
{
    /// <summary>Schemas as OpenAI's strict mode wants them: every property required, no others allowed, no defaults.</summary>
    public static AIJsonSchemaTransformCache StrictSchemas { get; } = new(new AIJsonSchemaTransformOptions
    {
        ConvertBooleanSchemas = true,
        DisallowAdditionalProperties = true,
        MoveDefaultKeywordToDescription = true,
        RequireAllProperties = true,
    });

    /// <param name="fields">Where they are written to.</param>
    /// <param name="options">Where they are asked for.</param>
    /// <param name="webSearchField">The switch by which the provider's own web search is turned on, or null where it has none.</param>
    public static void Fill(JsonObject fields, ChatOptions? options, string? webSearchField)
    {
        if (options is null) return;
        if (options.Tools is { Count: > 0 } tools && !fields.ContainsKey("tools"))
        {
            var declarations = new JsonArray();
            foreach (AITool tool in tools)
            {
                if (tool is HostedWebSearchTool && webSearchField is not null) fields.Fill(webSearchField, true);
                else declarations.Add((JsonNode)Declare(tool, options));
            }

            if (declarations.Count > 0) fields.Add("tools", declarations);
        }

        // Without tools, OpenAI answers 400 to either of these.
        if (!fields.ContainsKey("tools")) return;
        fields.Fill("tool_choice", Choice(options.ToolMode));
        fields.Fill("parallel_tool_calls", options.AllowMultipleToolCalls);
    }

    private static JsonObject Declare(AITool? tool, ChatOptions options) => tool switch
    {
        AIFunctionDeclaration function => Declare(function, options),
        null => throw new ArgumentException("A tool is null. Leave it out of ChatOptions.Tools.", nameof(options)),
        // A model without a tool that it was meant to have gives worse answers, and nobody sees why.
        _ => throw new ArgumentException(
            $"The tool \"{tool.Name}\" is a {tool.GetType().Name}, which this API cannot be asked for. Give tools as AIFunction or AIFunctionDeclaration; what the provider has built in, ask for by its own parameter in ChatOptions.AdditionalProperties.",
            nameof(options)),
    };

    private static JsonObject Declare(AIFunctionDeclaration function, ChatOptions options) =>
        new() { ["type"] = "function", ["function"] = Describe(function, options) };

    /// <summary>What a function is called, what it does, and what it takes.</summary>
    public static JsonObject Describe(AIFunctionDeclaration function, ChatOptions options)
    {
        bool? strict = RequestFields.ReadStrict(function.AdditionalProperties, RequestFields.StrictKey)
            ?? RequestFields.ReadStrict(function.AdditionalProperties, "strict")
            ?? RequestFields.ReadStrict(function.AdditionalProperties, "Strict")
            ?? RequestFields.ReadStrict(options.AdditionalProperties, RequestFields.StrictKey);

        // A declaration without a schema has the schema true, or {}: anything. Parameters are always an object.
        JsonNode? schema = JsonNodes.FromElement(strict is true ? StrictSchemas.GetOrCreateTransformedSchema(function) : function.JsonSchema);
        JsonObject parameters = schema as JsonObject ?? [];
        parameters.Fill("type", "object");
        parameters.Fill("properties", new JsonObject());

        var declaration = new JsonObject { ["name"] = function.Name };
        if (function.Description.Length > 0) declaration.Add("description", function.Description);
        declaration.Add("parameters", parameters);
        declaration.Fill("strict", strict);
        return declaration;
    }

    private static JsonNode? Choice(ChatToolMode? mode) => mode switch
    {
        AutoChatToolMode => "auto",
        NoneChatToolMode => "none",
        RequiredChatToolMode { RequiredFunctionName: { } name } => new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = name } },
        RequiredChatToolMode => "required",
        _ => null,
    };
}
