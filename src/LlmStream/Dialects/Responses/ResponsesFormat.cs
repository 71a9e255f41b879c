using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Responses;

/// <summary>Requests to OpenAI's Responses (platform.openai.com/docs/api-reference/responses).</summary>
internal sealed class ResponsesFormat : RequestFormat
{
    public override JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider) =>
        ResponsesRequest.Build(messages, options, model, seed);

    public override void AskForStream(JsonObject body, LlmProvider provider, bool requestUsage) => body["stream"] = true; // and usage comes by itself

    public override JsonArray? MessagesOf(JsonObject body) => body["input"] switch
    {
        JsonArray items => items,
        JsonValue text when ToText(text) is { Length: > 0 } words => [Message(isAssistant: false, words)], // what a list of one message is short for
        _ => null,
    };

    public override JsonArray OpenMessages(JsonObject body)
    {
        JsonArray messages = MessagesOf(body)!;
        if (messages.Parent is null) body["input"] = messages;
        return messages;
    }

    public override JsonNode? ResponseFormatOf(JsonObject body) => (body["text"] as JsonObject)?["format"];

    public override IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body)
    {
        yield return (body, "max_output_tokens");
    }

    /// <summary>Only what was asked for in the background is kept, and goes on when nobody listens.</summary>
    public override bool IsKept(JsonObject body) => body["background"] is JsonValue value && value.TryGetValue(out bool isBackground) && isBackground;

    /// <summary><c>GET responses/{id}?stream=true&amp;starting_after=N</c>, which begins with the event behind N.</summary>
    public override string ReplayPath(JsonObject body, LlmProvider provider, ReplayPoint point)
    {
        int query = provider.ChatPath.IndexOf('?', StringComparison.Ordinal); // Azure's older addresses have a version there
        var path = new StringBuilder(query < 0 ? provider.ChatPath : provider.ChatPath[..query]);
        path.Append('/').Append(Uri.EscapeDataString(point.Id));
        path.Append(query < 0 ? "?" : provider.ChatPath[query..] + "&");
        path.Append(CultureInfo.InvariantCulture, $"stream=true&starting_after={point.SequenceNumber}");
        // What comes only on request, such as encrypted reasoning, has to be asked for here too.
        foreach (JsonNode? include in body["include"] as JsonArray ?? [])
        {
            if (ToText(include) is { Length: > 0 } what) path.Append("&include%5B%5D=").Append(Uri.EscapeDataString(what));
        }

        if ((body["stream_options"] as JsonObject)?["include_obfuscation"] is JsonValue padding && padding.TryGetValue(out bool isPadded) && !isPadded)
            path.Append("&include_obfuscation=false");
        return path.ToString();
    }
}
