using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.TakeOver;

/// <summary>
/// A stored request as JSON. What <see cref="AIJsonUtilities"/> keeps of messages and options is kept, and declarations of functions.
/// </summary>
internal static class StoredRequestFormat
{
    private const int Version = 1;

    /// <summary>Writes a request.</summary>
    /// <returns>Null if something of it cannot be stored, so that another node would send a different request.</returns>
    public static byte[]? Write(ChatStoredRequest request)
    {
        ChatOptions? options = request.Options;
        if (options is { RawRepresentationFactory: not null } or { ContinuationToken: not null }) return null;
        var tools = new JsonArray();
        foreach (AITool tool in options?.Tools ?? [])
        {
            if (tool is not AIFunctionDeclaration function) return null;
            tools.Add((JsonNode)new JsonObject
            {
                ["name"] = function.Name,
                ["description"] = function.Description,
                ["schema"] = JsonNode.Parse(function.JsonSchema.GetRawText()),
            });
        }

        try
        {
            var messages = new JsonArray();
            foreach (ChatMessage message in request.Messages)
                messages.Add(JsonSerializer.SerializeToNode(message, TypeInfo<ChatMessage>()));
            var json = new JsonObject
            {
                ["version"] = Version,
                ["client"] = request.ClientName,
                ["provider"] = request.Provider,
                ["messages"] = messages,
            };
            if (options is not null) json["options"] = JsonSerializer.SerializeToNode(options, TypeInfo<ChatOptions>());
            if (tools.Count > 0) json["tools"] = tools;
            if (!request.State.IsEmpty) json["state"] = Convert.ToBase64String(request.State.Span);
            return JsonSerializer.SerializeToUtf8Bytes(json, TypeInfo<JsonNode>());
        }
        catch (NotSupportedException) // a content or a property of a type that the application has defined
        {
            return null;
        }
    }

    /// <summary>Reads a request.</summary>
    /// <returns>Null if it is damaged, or of an unknown version.</returns>
    public static ChatStoredRequest? Read(byte[] data)
    {
        try
        {
            if (JsonNode.Parse(data) is not JsonObject json || (int?)json["version"] != Version) return null;
            ChatOptions? options = json["options"] is { } node ? node.Deserialize(TypeInfo<ChatOptions>()) : null;
            if (json["tools"] is JsonArray tools) (options ??= new ChatOptions()).Tools = [.. tools.Select(tool => ReadTool(tool!))];
            return new ChatStoredRequest
            {
                ClientName = (string?)json["client"],
                Provider = (string?)json["provider"],
                Messages = [.. json["messages"]!.AsArray().Select(message => ReadMessage(message))],
                Options = options,
                State = json["state"] is { } state ? Convert.FromBase64String((string)state!) : default,
            };
        }
        catch (Exception exception) when (
            exception is JsonException or InvalidOperationException or NullReferenceException or FormatException)
        {
            return null;
        }
    }

    private static ChatMessage ReadMessage(JsonNode? message) =>
        message?.Deserialize(TypeInfo<ChatMessage>()) ?? throw new JsonException("A message is null.");

    private static AITool ReadTool(JsonNode tool)
    {
        using JsonDocument schema = JsonDocument.Parse(tool["schema"]!.ToJsonString());
        return AIFunctionFactory.CreateDeclaration((string)tool["name"]!, (string?)tool["description"], schema.RootElement.Clone());
    }

    private static JsonTypeInfo<T> TypeInfo<T>() => (JsonTypeInfo<T>)AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(T));
}
