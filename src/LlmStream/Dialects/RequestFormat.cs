using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects;

/// <summary>
/// What a dialect's requests look like: how one is made, where it goes, how it asks for a stream, and where in it the
/// conversation stands, so that the rest of an answer can be asked for. One subclass a dialect, without state.
/// </summary>
internal abstract class RequestFormat
{
    /// <summary>Makes a body, all but what asks for a stream.</summary>
    /// <param name="messages">The conversation; at least one message.</param>
    /// <param name="options">What else is asked, or null.</param>
    /// <param name="model">The model where the options name none, or null: the field is left out.</param>
    /// <param name="seed">What the caller made himself and is only to be completed, or null. Not changed.</param>
    /// <param name="provider">Whom it is for.</param>
    /// <exception cref="ArgumentException">Something in the messages or options cannot be said in this format.</exception>
    public abstract JsonObject Build(IEnumerable<ChatMessage> messages, ChatOptions? options, string? model, JsonObject? seed, LlmProvider provider);

    /// <summary>Adds to a body, the caller's own as well, what makes the answer a stream. Here: nothing.</summary>
    /// <param name="body">The body. It is changed.</param>
    /// <param name="provider">Whom it is for.</param>
    /// <param name="requestUsage">Whether token counts are asked for.</param>
    public virtual void AskForStream(JsonObject body, LlmProvider provider, bool requestUsage)
    {
    }

    /// <summary>Where a body goes, below the provider's address, and what of it is sent there.</summary>
    public virtual (string Path, JsonObject Wire) Address(JsonObject body, LlmProvider provider) => (provider.ChatPath, body);

    /// <summary>The list of what has been said; null where the body has none.</summary>
    public virtual JsonArray? MessagesOf(JsonObject body) => body["messages"] as JsonArray;

    /// <summary>The list of what has been said, to be added to. Only where there is one.</summary>
    public virtual JsonArray OpenMessages(JsonObject body) => MessagesOf(body)!;

    /// <summary>Whether the provider keeps the answer to this body, so that it can send it on over another connection.</summary>
    public virtual bool IsKept(JsonObject body) => false;

    /// <summary>Where, below the provider's address, a kept answer is sent on from. Only where there are such.</summary>
    public virtual string ReplayPath(JsonObject body, LlmProvider provider, ReplayPoint point) => throw new NotSupportedException("No answer is kept in this format.");

    /// <summary>A message that is nothing but text.</summary>
    public virtual JsonObject Message(bool isAssistant, string text) => new() { ["role"] = isAssistant ? "assistant" : "user", ["content"] = text };

    /// <summary>Whether a message is the assistant's, or else the user's.</summary>
    public virtual bool IsOf(bool isAssistant, JsonObject message) => HasText(message["role"], isAssistant ? "assistant" : "user");

    /// <summary>The text of a message, or "".</summary>
    public virtual string TextOf(JsonObject message) => ToText(message["content"]);

    /// <summary>Where in a body the limits of the answer's length stand, in tokens: those that are reduced when the rest is asked for.</summary>
    public virtual IEnumerable<(JsonObject Holder, string Field)> LimitsOf(JsonObject body)
    {
        yield return (body, "max_tokens");
        yield return (body, "max_completion_tokens");
    }

    /// <summary>How many answers a body asks for, where it says so.</summary>
    public virtual long? ChoicesOf(JsonObject body) => JsonNodes.ToInt64(body["n"] ?? (body["parameters"] as JsonObject)?["n"]);

    /// <summary>What a body says of the form of the answer: text, any JSON, or JSON by a schema; null where it says nothing.</summary>
    public virtual JsonNode? ResponseFormatOf(JsonObject body) => body["response_format"] ?? (body["parameters"] as JsonObject)?["response_format"];

    /// <summary>Whether a body asks for an answer in JSON, of which a rest makes no whole.</summary>
    public virtual bool WantsJson(JsonObject body) =>
        (ResponseFormatOf(body) as JsonObject)?["type"] is JsonValue value && value.TryGetValue(out string? type) && type.StartsWith("json", StringComparison.Ordinal);

    protected static bool HasText(JsonNode? node, string text) => node is JsonValue value && value.TryGetValue(out string? found) && string.Equals(found, text, StringComparison.Ordinal);

    /// <summary>The text of a content that is a string, or a list of parts with a <c>text</c>.</summary>
    protected static string ToText(JsonNode? content) => content switch
    {
        JsonValue value when value.TryGetValue(out string? text) => text,
        JsonArray parts => string.Concat(parts.Select(part => ToText((part as JsonObject)?["text"]))),
        _ => "",
    };
}
