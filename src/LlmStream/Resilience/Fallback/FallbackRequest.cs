using System.Text.Json.Nodes;
using LlmStream.Requests;
using LlmStream.Transport;
using Microsoft.Extensions.AI;

namespace LlmStream.Resilience.Fallback;

/// <summary>The caller's request, to be written for another provider.</summary>
internal sealed class FallbackRequest
{
    private readonly LlmProvider _first;
    private readonly IReadOnlyList<ChatMessage>? _messages; // null: the caller passed a body
    private readonly ChatOptions? _options;
    private readonly JsonObject? _seed;
    private readonly Func<JsonObject>? _readBody;

    private FallbackRequest(
        LlmProvider first, IReadOnlyList<ChatMessage>? messages, ChatOptions? options, JsonObject? seed, Func<JsonObject>? readBody)
    {
        _first = first;
        _messages = messages;
        _options = options;
        _seed = seed;
        _readBody = readBody;
    }

    /// <summary>A request with messages. They are copied, because the caller may change the list before a fallback is used.</summary>
    /// <param name="first">The provider of the client.</param>
    /// <param name="messages">The messages.</param>
    /// <param name="options">The options, or null.</param>
    /// <param name="seed">A body in the format of that provider which the caller has begun, or null.</param>
    public static FallbackRequest ForMessages(
        LlmProvider first, IEnumerable<ChatMessage> messages, ChatOptions? options, JsonObject? seed) =>
        new(first, [.. messages], options?.Clone(), seed, readBody: null);

    /// <summary>A request with a body in the format of a provider.</summary>
    /// <param name="first">That provider.</param>
    /// <param name="readBody">Reads the body that was sent.</param>
    public static FallbackRequest ForBody(LlmProvider first, Func<JsonObject> readBody) => new(first, null, null, null, readBody);

    /// <summary>Writes the request for another provider.</summary>
    /// <param name="target">The provider.</param>
    /// <param name="refusal">Why that is not possible; null if it is.</param>
    /// <param name="reason">The same for the log, or null.</param>
    public ChatRequest? TryCreate(ProviderTarget target, out ChatFallbackRefusal? refusal, out string? reason)
    {
        (refusal, reason) = (Decide(target.Provider), null);
        if (refusal is not null) return null;
        try
        {
            JsonObject body = _messages is null ? RewriteBody(target) : WriteMessages(target, _messages);
            return ChatRequest.Create(body, target.Provider, target.Options.RequestUsage);
        }
        catch (ArgumentException exception)
        {
            (refusal, reason) = (ChatFallbackRefusal.RequestNotSupported, exception.Message);
            return null;
        }
    }

    private ChatFallbackRefusal? Decide(LlmProvider provider)
    {
        bool isOtherFormat = provider.Dialect != _first.Dialect;
        bool isRaw = _messages is null || _seed is not null || _messages.Any(message => message.Contents.Any(RawContent.Is));
        if (isRaw && isOtherFormat) return ChatFallbackRefusal.RawRequest;
        bool hasState = _options?.ContinuationToken is not null
            || (_options?.ConversationId is not null && _first.Dialect.Format.KeepsConversations);
        return hasState && IsOther(provider) ? ChatFallbackRefusal.ProviderState : null;
    }

    private JsonObject WriteMessages(ProviderTarget target, IReadOnlyList<ChatMessage> messages)
    {
        bool isOtherFormat = target.Provider.Dialect != _first.Dialect;
        IEnumerable<ChatMessage> adapted = IsOther(target.Provider) ? messages.Select(SignedReasoning.Remove) : messages;
        if (isOtherFormat) adapted = adapted.Select(FormatProperties.Remove);

        ChatOptions? options = _options?.Clone();
        if (options is not null)
        {
            options.ModelId = null; // a model of the first provider
            if (isOtherFormat) options.AdditionalProperties = CommonProperties(options.AdditionalProperties);
        }

        var seed = (JsonObject?)_seed?.DeepClone();
        if (seed is not null) RemoveModel(seed);
        return target.Provider.BuildRequest(adapted, options, target.Model, seed);
    }

    private JsonObject RewriteBody(ProviderTarget target)
    {
        JsonObject body = _readBody!();
        body[RemoveModel(body)] = target.Model;
        return body;
    }

    private bool IsOther(LlmProvider provider) => !string.Equals(provider.Name, _first.Name, StringComparison.Ordinal);

    /// <returns>The name of the field with the model, which a format may write with a capital letter.</returns>
    private static string RemoveModel(JsonObject body)
    {
        string name = body.Select(field => field.Key).FirstOrDefault(key => key.Equals("model", StringComparison.OrdinalIgnoreCase))
            ?? "model";
        body.Remove(name);
        return name;
    }

    /// <summary>The properties that are not fields of a format.</summary>
    private static AdditionalPropertiesDictionary? CommonProperties(AdditionalPropertiesDictionary? properties)
    {
        if (properties?.TryGetValue(RequestFields.StrictKey, out object? strict) is not true) return null;
        return new AdditionalPropertiesDictionary { [RequestFields.StrictKey] = strict };
    }
}
