using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.AspNetCore.Wires;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>What every node has to know of a stream to encode it. Stored with the stream, in the clear. Immutable.</summary>
internal sealed record KeptMetadata
{
    /// <summary>The route pattern of the endpoint that began the stream.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The name of the wire with which it began.</summary>
    public required string Wire { get; init; }

    /// <summary>The ids, the model, and the time, which are the same for all readers.</summary>
    public required WireContext Context { get; init; }

    /// <summary>The client's id of the conversation; null if it sent none.</summary>
    public string? ConversationId { get; init; }

    /// <summary>The parts of the message that the answer continues, encrypted if other nodes have the store; or null.</summary>
    public byte[]? ContinuedParts { get; init; }

    /// <summary>Whether the request was a <c>GET</c>.</summary>
    public bool IsGet { get; init; }

    public byte[] Write()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("endpoint"u8, Endpoint);
            json.WriteString("wire"u8, Wire);
            json.WriteString("message"u8, Context.MessageId);
            json.WriteString("thread"u8, Context.ConversationId);
            json.WriteString("run"u8, Context.RunId);
            json.WriteNumber("created"u8, Context.Created.ToUnixTimeMilliseconds());
            if (Context.Model is not null) json.WriteString("model"u8, Context.Model);
            if (ConversationId is not null) json.WriteString("conversation"u8, ConversationId);
            if (ContinuedParts is not null) json.WriteBase64String("continues"u8, ContinuedParts);
            if (Context.IncludeUsage) json.WriteBoolean("usage"u8, true);
            if (IsGet) json.WriteBoolean("get"u8, true);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Reads what was stored; null if it is not from an endpoint.</summary>
    public static KeptMetadata? Read(ReadOnlyMemory<byte> stored)
    {
        try
        {
            JsonNode? json = JsonNode.Parse(stored.Span);
            return new KeptMetadata
            {
                Endpoint = (string)json!["endpoint"]!,
                Wire = (string)json["wire"]!,
                ConversationId = (string?)json["conversation"],
                ContinuedParts = (string?)json["continues"] is { } parts ? Convert.FromBase64String(parts) : null,
                IsGet = (bool?)json["get"] ?? false,
                Context = new WireContext
                {
                    MessageId = (string)json["message"]!,
                    ConversationId = (string)json["thread"]!,
                    RunId = (string)json["run"]!,
                    Created = DateTimeOffset.FromUnixTimeMilliseconds((long)json["created"]!),
                    Model = (string?)json["model"],
                    IncludeUsage = (bool?)json["usage"] ?? false,
                },
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or ArgumentException
            or NullReferenceException)
        {
            return null; // A worker of the application began the stream.
        }
    }
}
