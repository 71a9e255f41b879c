using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>
/// JSON schemas as Anthropic takes them for structured output (platform.claude.com/docs/en/build-with-claude/structured-outputs):
/// no properties but those that are named, and none of the constraints that its grammar has no form for.
/// </summary>
internal static class AnthropicSchemas
{
    private static readonly string[] Refused =
        ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems", "uniqueItems", "minProperties", "maxProperties"];

    private static readonly AIJsonSchemaTransformCache Transformed = new(new AIJsonSchemaTransformOptions
    {
        ConvertBooleanSchemas = true,
        DisallowAdditionalProperties = true,
        TransformSchemaNode = static (_, node) => Describe(node),
    });

    /// <summary>The schema of a format, or null where it has none.</summary>
    public static JsonNode? Of(ChatResponseFormatJson format) => Transformed.GetOrCreateTransformedSchema(format) is { } schema ? JsonNodes.FromElement(schema) : null;

    /// <summary>The schema of a function's parameters, to be followed strictly.</summary>
    public static JsonElement Of(AIFunctionDeclaration function) => Transformed.GetOrCreateTransformedSchema(function);

    /// <summary>What cannot be a constraint becomes a word to the model.</summary>
    private static JsonNode Describe(JsonNode node)
    {
        if (node is not JsonObject schema) return node;
        List<string>? words = null;
        foreach (string name in Refused) Take(name);
        if (JsonNodes.ToInt64(schema["minItems"]) is > 1) Take("minItems");
        if (words is null) return schema;
        string described = schema["description"] is JsonValue value && value.TryGetValue(out string? text) ? text + " " : "";
        schema["description"] = $"{described}({string.Join(", ", words)})";
        return schema;

        void Take(string name)
        {
            if (!schema.TryGetPropertyValue(name, out JsonNode? limit)) return;
            (words ??= []).Add($"{name}: {JsonNodes.ToText(limit)}");
            schema.Remove(name);
        }
    }
}
