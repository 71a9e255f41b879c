using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>Reads the settings of a request from its body, as tags with the names of OpenTelemetry's conventions.</summary>
internal static class RequestSettings
{
    // The fields that formats use, for each setting.
    private static readonly (string Tag, string[] Fields)[] Numbers =
    [
        ("gen_ai.request.temperature", ["temperature", "Temperature"]),
        ("gen_ai.request.top_p", ["top_p", "topP", "p", "TopP"]),
        ("gen_ai.request.frequency_penalty", ["frequency_penalty", "frequencyPenalty"]),
        ("gen_ai.request.presence_penalty", ["presence_penalty", "presencePenalty"]),
    ];

    private static readonly (string Tag, string[] Fields)[] Integers =
    [
        ("gen_ai.request.top_k", ["top_k", "topK", "k"]),
        ("gen_ai.request.seed", ["seed", "random_seed", "Seed"]),
    ];

    private static readonly string[] StopFields = ["stop", "stop_sequences", "stopSequences"];

    /// <summary>Reads the settings.</summary>
    /// <param name="dialect">The format of the body.</param>
    /// <param name="body">The body. Values that are not as the format defines them are ignored.</param>
    /// <param name="conversationId">The id that the application passed, which most formats do not send; or null.</param>
    public static IReadOnlyList<KeyValuePair<string, object?>> Read(Dialect dialect, JsonObject body, string? conversationId)
    {
        var tags = new List<KeyValuePair<string, object?>>();
        // What limits the answer is next to the other settings, in the body or in a part of it.
        (JsonObject Holder, string Field)[] limits = [.. dialect.LimitsOf(body)];
        JsonObject[] holders = [.. limits.Select(limit => limit.Holder).Append(body).Distinct()];
        foreach ((string tag, string[] fields) in Numbers) Add(tag, ToDouble(Find(holders, fields)));
        foreach ((string tag, string[] fields) in Integers) Add(tag, Find(holders, fields).AsInt64());
        Add("gen_ai.request.max_tokens", limits.Select(limit => limit.Holder[limit.Field].AsInt64()).FirstOrDefault(n => n is not null));
        Add("gen_ai.request.choice.count", dialect.ChoicesOf(body) is > 1 and var choices ? choices : null);
        Add("gen_ai.request.stop_sequences", ToTexts(Find(holders, StopFields)));
        Add("gen_ai.request.reasoning.level", (body["reasoning_effort"] ?? (body["reasoning"] as JsonObject)?["effort"]).AsText());
        Add("gen_ai.request.previous_response.id", (body["previous_response_id"] ?? body["previous_interaction_id"]).AsText());
        // In a format that keeps conversations, the application may have passed the id of the previous response.
        Add("gen_ai.conversation.id", dialect.StorageOf(body).ConversationId ?? (dialect.KeepsConversations ? null : conversationId));
        Add("gen_ai.output.type", dialect.RequestsJson(body) ? "json" : null);
        return tags;

        void Add(string tag, object? value)
        {
            if (value is not null) tags.Add(new(tag, value));
        }
    }

    private static JsonNode? Find(JsonObject[] holders, string[] fields)
    {
        foreach (JsonObject holder in holders)
        {
            foreach (string field in fields)
            {
                if (holder[field] is { } value) return value;
            }
        }

        return null;
    }

    private static double? ToDouble(JsonNode? node) =>
        node is JsonValue && node.GetValueKind() == JsonValueKind.Number
        && double.TryParse(node.ToJsonString(), CultureInfo.InvariantCulture, out double number)
            ? number
            : null;

    private static string[]? ToTexts(JsonNode? node) => node switch
    {
        JsonArray { Count: > 0 } list => [.. list.Select(item => item.AsText()).OfType<string>()],
        _ => node.AsText() is { } text ? [text] : null,
    };
}
