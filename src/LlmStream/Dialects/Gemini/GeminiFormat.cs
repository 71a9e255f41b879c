using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>Requests in Gemini's format. The model stands in the address, and so does the wish for a stream.</summary>
internal sealed class GeminiFormat : RequestFormat
{
    private const string Models = "models/";

    public override JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        GeminiRequest.Build(messages, options, model, seed, provider.BaseAddress);

    public override (string Path, JsonObject Wire) Address(JsonObject body, LlmProvider provider)
    {
        string model = GeminiModels.NameOf(body) is { Length: > 0 } named ? named
            : provider.DefaultModel ?? throw new ArgumentException("The body names no \"model\", and Gemini's address needs one. Set it: it goes into the address, and not into the body that is sent.", nameof(body));
        var wire = (JsonObject)body.DeepClone();
        wire.Remove("model");

        // "gemini-…", "models/gemini-…", and what has a place of its own: "tunedModels/…".
        string path = provider.ChatPath;
        if (model.StartsWith(Models, StringComparison.Ordinal)) model = model[Models.Length..];
        else if (model.Contains('/', StringComparison.Ordinal) && path.StartsWith(Models, StringComparison.Ordinal)) path = path[Models.Length..];
        string escaped = string.Join('/', model.Split('/').Select(Uri.EscapeDataString));
        return (path.Replace("{model}", escaped, StringComparison.Ordinal), wire);
    }

    public override JsonArray? MessagesOf(JsonObject body) => body["contents"] as JsonArray;

    public override JsonObject Message(bool isAssistant, string text) =>
        new() { ["role"] = isAssistant ? "model" : "user", ["parts"] = new JsonArray(new JsonObject { ["text"] = text }) };

    // A content without a role is the user's.
    public override bool IsOf(bool isAssistant, JsonObject message) =>
        HasText(message["role"], isAssistant ? "model" : "user") || (!isAssistant && message["role"] is null);

    public override string TextOf(JsonObject message) => message["parts"] switch
    {
        JsonArray parts => ToText(new JsonArray([.. parts.OfType<JsonObject>().Where(part => part["thought"] is null).Select(part => part.DeepClone())])),
        JsonObject part => ToText(part["text"]),
        _ => "",
    };

    public override IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body)
    {
        if (ConfigOf(body) is not { } config) yield break;
        yield return (config, "maxOutputTokens");
        yield return (config, "max_output_tokens");
    }

    public override long? ChoicesOf(JsonObject body) => JsonNodes.ToInt64(ConfigOf(body)?["candidateCount"] ?? ConfigOf(body)?["candidate_count"]);

    public override bool WantsJson(JsonObject body) =>
        (ConfigOf(body)?["responseMimeType"] ?? ConfigOf(body)?["response_mime_type"]) is JsonValue value && value.TryGetValue(out string? type) && !type.StartsWith("text/plain", StringComparison.Ordinal);

    // The API takes the names of its protocol buffers as well.
    private static JsonObject? ConfigOf(JsonObject body) => (body["generationConfig"] ?? body["generation_config"]) as JsonObject;
}
