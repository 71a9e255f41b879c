using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Anthropic;

/// <summary>
/// Transforms JSON schemas to the subset that Anthropic accepts for structured output
/// (platform.claude.com/docs/en/build-with-claude/structured-outputs): no additional properties, and none of the constraints that its
/// grammars cannot express.
/// </summary>
internal static class AnthropicSchemas
{
    private static readonly string[] UnsupportedConstraints =
    [
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems", "uniqueItems",
        "minProperties", "maxProperties",
    ];

    private static readonly AIJsonSchemaTransformCache Transformed = new(new AIJsonSchemaTransformOptions
    {
        ConvertBooleanSchemas = true,
        DisallowAdditionalProperties = true,
        TransformSchemaNode = static (_, node) => MoveConstraintsToDescription(node),
    });

    /// <summary>The schema of a response format, or null if it has none.</summary>
    public static JsonNode? Of(ChatResponseFormatJson format) =>
        Transformed.GetOrCreateTransformedSchema(format) is { } schema ? JsonNodes.FromElement(schema) : null;

    /// <summary>The schema of a function's parameters in strict mode.</summary>
    public static JsonElement Of(AIFunctionDeclaration function) => Transformed.GetOrCreateTransformedSchema(function);

    /// <summary>Moves the constraints that cannot be enforced to the description, where the model reads them.</summary>
    private static JsonNode MoveConstraintsToDescription(JsonNode node)
    {
        if (node is not JsonObject schema) return node;
        var moved = new List<string>();
        foreach (string name in UnsupportedConstraints) Move(name);
        if (schema["minItems"].AsInt64() is > 1) Move("minItems"); // 0 and 1 are supported
        if (moved.Count == 0) return schema;
        string description = schema["description"].AsText() is { } text ? text + " " : "";
        schema["description"] = $"{description}({string.Join(", ", moved)})";
        return schema;

        void Move(string name)
        {
            if (!schema.TryGetPropertyValue(name, out JsonNode? limit)) return;
            moved.Add($"{name}: {JsonNodes.ToJsonText(limit)}");
            schema.Remove(name);
        }
    }
}
