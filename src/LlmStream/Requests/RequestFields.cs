using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Requests;

/// <summary>
/// The fields of a request. What the caller set by hand comes first: the object of his
/// <see cref="ChatOptions.RawRepresentationFactory"/>, then <see cref="ChatOptions.AdditionalProperties"/>; what follows
/// from the rest of the options only fills the gaps.
/// </summary>
internal static class RequestFields
{
    /// <summary>
    /// The key, in the additional properties of options and tools, by which Microsoft.Extensions.AI.OpenAI is asked to
    /// have a schema followed strictly. An instruction for the mapping, not a field.
    /// </summary>
    public const string StrictKey = "strictJsonSchema";

    /// <summary>The object that the caller began, or a new one. A copy: he may use his for many requests.</summary>
    public static JsonObject Start(JsonObject? seed) => (JsonObject?)seed?.DeepClone() ?? [];

    /// <summary>Sets a field that is not set. Null says that the caller did not ask for it.</summary>
    public static void Fill(this JsonObject fields, string name, JsonNode? value)
    {
        if (value is not null && !fields.ContainsKey(name)) fields.Add(name, value);
    }

    /// <summary>The object in a field, made when it is not there.</summary>
    public static JsonObject FillObject(this JsonObject fields, string name)
    {
        if (fields.TryGetPropertyValue(name, out JsonNode? value))
            return value as JsonObject ?? throw new ArgumentException($"\"{name}\" of the object from ChatOptions.RawRepresentationFactory is not an object. Make it one, or leave it out.", nameof(name));
        var made = new JsonObject();
        fields.Add(name, made);
        return made;
    }

    /// <summary>Adds what has no property of its own in the options.</summary>
    public static void FillAdditional(this JsonObject fields, ChatOptions? options)
    {
        foreach ((string name, object? value) in options?.AdditionalProperties ?? [])
        {
            if (fields.ContainsKey(name) || string.Equals(name, StrictKey, StringComparison.OrdinalIgnoreCase)) continue;
            if (!JsonNodes.TryConvert(value, out JsonNode? node))
            {
                throw new ArgumentException(
                    $"ChatOptions.AdditionalProperties[\"{name}\"] is a {value!.GetType()}, and how that looks in a request is not known. Set a string, a bool, a finite number, a JsonNode or JsonElement, or an array, list or dictionary of these; of an enum, the name that the provider gives it.",
                    nameof(options));
            }

            fields.Add(name, node); // null as well: some parameters are switched off by it
        }
    }

    /// <summary>Refuses a conversation in the fields: it would silently stand in the place of the messages that were asked about.</summary>
    public static void RefuseMessages(JsonObject fields)
    {
        if (fields.ContainsKey("messages"))
            throw new ArgumentException("\"messages\" is set in ChatOptions (RawRepresentationFactory or AdditionalProperties), and messages were given as well. Give them in one place; to send a body of your own, use the overload that takes a JsonObject.", nameof(fields));
    }

    /// <summary>Whether a schema is to be followed strictly, or null where the caller did not say.</summary>
    public static bool? ReadStrict(IReadOnlyDictionary<string, object?>? properties, string key) =>
        properties is not null && properties.TryGetValue(key, out object? value) && value is bool strict ? strict : null;

    /// <summary><c>response_format</c>, which OpenAI and DashScope write alike.</summary>
    public static JsonObject? ResponseFormat(ChatOptions? options)
    {
        switch (options?.ResponseFormat)
        {
            case ChatResponseFormatText: return new JsonObject { ["type"] = "text" };
            case ChatResponseFormatJson { Schema: null }: return new JsonObject { ["type"] = "json_object" };
            case ChatResponseFormatJson { Schema: { } schema } format:
                bool? strict = ReadStrict(options.AdditionalProperties, StrictKey);
                var description = new JsonObject { ["name"] = format.SchemaName ?? "answer" }; // the name is obligatory, and says nothing
                description.Fill("description", format.SchemaDescription);
                description.Fill("schema", JsonNodes.FromElement(strict is true ? RequestTools.StrictSchemas.GetOrCreateTransformedSchema(format) ?? schema : schema));
                description.Fill("strict", strict);
                return new JsonObject { ["type"] = "json_schema", ["json_schema"] = description };
            default: return null;
        }
    }

    /// <summary><c>stop</c>, as a list.</summary>
    public static JsonArray? Stop(ChatOptions? options) =>
        options?.StopSequences is { Count: > 0 } stops ? new JsonArray([.. stops.Select(stop => (JsonNode?)stop)]) : null;
}
