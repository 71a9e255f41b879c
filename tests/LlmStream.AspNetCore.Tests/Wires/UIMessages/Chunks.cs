using System.Text.Json.Nodes;
using LlmStream.AspNetCore.Wires;

namespace LlmStream.AspNetCore.Tests.Wires.UIMessages;

/// <summary>The chunks of an answer, without those with which every answer begins and ends.</summary>
internal static class Chunks
{
    private const string Head = """
        {"type":"start","messageId":"message-1"}
        {"type":"start-step"}
        """;

    /// <summary>A wire for clients that know all chunks.</summary>
    public static ChatWire Newest { get; } = ChatWire.CreateUIMessages(new Version(7, 0, 173));

    /// <summary>The chunks of a complete answer without finish reason and usage, one a line.</summary>
    public static string Of(params ChatDelta[] deltas) => Of(ChatWire.UIMessages, deltas);

    /// <summary>The chunks of a complete answer without finish reason and usage, one a line.</summary>
    public static string Of(ChatWire wire, params ChatDelta[] deltas) => Between(Encoded.Complete(wire, deltas), """
        {"type":"finish-step"}
        {"type":"finish"}
        [DONE]
        """);

    /// <summary>The chunks of an answer between the head and an end, one a line.</summary>
    public static string Between(string text, string end)
    {
        string chunks = string.Join('\n', Encoded.Data(text));
        Assert.StartsWith(Head, chunks, StringComparison.Ordinal);
        Assert.EndsWith(end, chunks, StringComparison.Ordinal);
        return chunks[Head.Length..^end.Length].Trim('\n');
    }

    /// <summary>The text that a client shows: what the deltas of text add up to.</summary>
    public static string TextOf(string text) =>
        string.Concat(Encoded.Events(text).Where(chunk => TypeOf(chunk) == "text-delta").Select(chunk => (string?)chunk["delta"]));

    public static string? TypeOf(JsonNode chunk) => (string?)chunk["type"];
}
