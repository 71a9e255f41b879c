using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Requests;

/// <summary>
/// Fills the fields of a request's body. The first to set a field wins: the object of <see cref="ChatOptions.RawRepresentationFactory"/>
/// (the seed), then <see cref="ChatOptions.AdditionalProperties"/>, then the other options.
/// </summary>
internal static class RequestFields
{
    /// <summary>
    /// The key in the additional properties of options and tools that requests strict schemas, as in Microsoft's chat clients. It is
    /// not a field of any API.
    /// </summary>
    public const string StrictKey = "strictJsonSchema";

    /// <summary>Begins a body with what the caller set: the seed, the additional properties, and the model.</summary>
    /// <param name="seed">The body that the caller began, or null. It is copied, because the caller may use it for other requests.</param>
    /// <param name="options">The options, or null.</param>
    /// <param name="model">The model if neither the seed nor the options name one, or null: the field is left out.</param>
    /// <param name="messagesField">The field of the messages, which the caller must not have set.</param>
    /// <exception cref="ArgumentException">The caller set the messages, or a property cannot be converted to JSON.</exception>
    public static JsonObject Begin(JsonObject? seed, ChatOptions? options, string? model, string messagesField)
    {
        JsonObject body = Copy(seed);
        body.FillAdditional(options);
        body.RefuseField(messagesField);
        body.Fill("model", options?.ModelId ?? model);
        return body;
    }

    /// <summary>A copy of the seed, or a new object.</summary>
    public static JsonObject Copy(JsonObject? seed) => (JsonObject?)seed?.DeepClone() ?? [];

    /// <summary>Sets a field that is not set. A null value means that the caller did not request anything.</summary>
    public static void Fill(this JsonObject fields, string name, JsonNode? value)
    {
        if (value is not null && !fields.ContainsKey(name)) fields.Add(name, value);
    }

    /// <summary>The object in a field, which is created if it is missing.</summary>
    /// <exception cref="ArgumentException">The caller set the field to something else.</exception>
    public static JsonObject FillObject(this JsonObject fields, string name)
    {
        if (fields.TryGetPropertyValue(name, out JsonNode? value))
        {
            return value as JsonObject ?? throw InvalidRequest.Options(
                $"\"{name}\" is set in ChatOptions (RawRepresentationFactory or AdditionalProperties), but is not an object. "
                + "Make it one, or remove it.");
        }

        var created = new JsonObject();
        fields.Add(name, created);
        return created;
    }

    /// <summary>Sets the fields that are not set to the additional properties of the options.</summary>
    /// <exception cref="ArgumentException">A property cannot be converted to JSON.</exception>
    public static void FillAdditional(this JsonObject fields, ChatOptions? options)
    {
        if (options?.AdditionalProperties is not { } properties) return;
        foreach ((string name, object? value) in properties)
        {
            if (fields.ContainsKey(name) || string.Equals(name, StrictKey, StringComparison.OrdinalIgnoreCase)) continue;
            if (!JsonNodes.TryConvert(value, out JsonNode? node))
            {
                throw InvalidRequest.Options(
                    $"ChatOptions.AdditionalProperties[\"{name}\"] is a {value!.GetType()}, which has no known JSON form. Use a string, "
                    + "a bool, a finite number, a JsonNode, a JsonElement, or an array, list, or dictionary of these; for an enum, the "
                    + "name that the API uses.");
            }

            fields.Add(name, node); // also null, which disables some parameters
        }
    }

    /// <summary>
    /// Sets the fields that are not set to the properties that the caller added to a content, a message, or a tool. Values that are
    /// not JSON are notes of the application, and are not sent.
    /// </summary>
    public static void FillProperties(this JsonObject fields, IEnumerable<KeyValuePair<string, object?>>? properties)
    {
        foreach ((string name, object? value) in properties ?? [])
        {
            if (!fields.ContainsKey(name) && JsonNodes.TryConvert(value, out JsonNode? node)) fields.Add(name, node);
        }
    }

    /// <summary>Refuses messages that the caller set in the options: they would silently replace the messages of the request.</summary>
    /// <exception cref="ArgumentException">The field is set.</exception>
    public static void RefuseField(this JsonObject fields, string messagesField)
    {
        if (!fields.ContainsKey(messagesField)) return;
        throw InvalidRequest.Options(
            $"\"{messagesField}\" is set in ChatOptions (RawRepresentationFactory or AdditionalProperties), but messages were passed as "
            + "well. Remove it from the options; to send your own body, use the overload that takes a JsonObject.");
    }

    /// <summary>Whether the schemas of the options are strict, or null if they do not say.</summary>
    public static bool? StrictOf(ChatOptions options) => StrictOf(options.AdditionalProperties, StrictKey);

    /// <summary>Whether the schema of a function is strict, or null if neither the function nor the options say.</summary>
    public static bool? StrictOf(AITool tool, ChatOptions options) =>
        StrictOf(tool.AdditionalProperties, StrictKey)
        ?? StrictOf(tool.AdditionalProperties, "strict")
        ?? StrictOf(tool.AdditionalProperties, "Strict")
        ?? StrictOf(options);

    /// <summary><c>response_format</c>, in the form that most formats share.</summary>
    public static JsonObject? ResponseFormat(ChatOptions options)
    {
        switch (options.ResponseFormat)
        {
            case ChatResponseFormatText: return new JsonObject { ["type"] = "text" };
            case ChatResponseFormatJson { Schema: null }: return new JsonObject { ["type"] = "json_object" };
            case ChatResponseFormatJson { Schema: { } schema } format:
                bool? strict = StrictOf(options);
                if (strict is true) schema = RequestTools.StrictSchemas.GetOrCreateTransformedSchema(format) ?? schema;
                var description = new JsonObject { ["name"] = format.SchemaName ?? "answer" }; // required, but without effect
                description.Fill("description", format.SchemaDescription);
                description.Fill("schema", JsonNodes.FromElement(schema));
                description.Fill("strict", strict);
                return new JsonObject { ["type"] = "json_schema", ["json_schema"] = description };
            default: return null;
        }
    }

    /// <summary>The stop sequences as an array, or null if there are none.</summary>
    public static JsonArray? Stop(ChatOptions options) => options.StopSequences is { Count: > 0 } stops ? Array(stops) : null;

    /// <summary>An array of strings.</summary>
    public static JsonArray Array(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode?)text)]);

    private static bool? StrictOf(IReadOnlyDictionary<string, object?>? properties, string key) =>
        properties is not null && properties.TryGetValue(key, out object? value) && value is bool strict ? strict : null;
}
