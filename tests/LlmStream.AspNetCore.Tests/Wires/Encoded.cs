using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using LlmStream.AspNetCore.Wires;

namespace LlmStream.AspNetCore.Tests.Wires;

/// <summary>Encodes deltas without a server.</summary>
internal static class Encoded
{
    /// <summary>What every test's answer is known by.</summary>
    public static WireContext Context { get; } = new()
    {
        MessageId = "message-1",
        ConversationId = "conversation-1",
        RunId = "run-1",
        Created = DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000),
        IncludeUsage = true,
    };

    /// <summary>The bytes of a complete answer, as text.</summary>
    public static string Complete(ChatWire wire, params ChatDelta[] deltas) => Text(wire, encoder => encoder.Complete(), deltas);

    /// <summary>The bytes of an answer that failed, as text.</summary>
    public static string Failed(ChatWire wire, params ChatDelta[] deltas) =>
        Text(wire, encoder => encoder.Fail(new WireFailure("truncated", "The answer was cut off.", 502)), deltas);

    /// <summary>The bytes of an answer that was canceled, as text.</summary>
    public static string Canceled(ChatWire wire, params ChatDelta[] deltas) => Text(wire, encoder => encoder.Cancel(), deltas);

    /// <summary>The bytes of an answer with any ending, as text.</summary>
    public static string Text(ChatWire wire, Action<WireEncoder> end, IEnumerable<ChatDelta> deltas, WireContext? context = null)
    {
        var output = new ArrayBufferWriter<byte>();
        using WireEncoder encoder = wire.CreateEncoder(output, context ?? Context);
        encoder.Begin();
        foreach (ChatDelta delta in deltas) encoder.Add(delta);
        end(encoder);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>The data of each event. Checks that the text consists of whole events of one line each.</summary>
    public static IReadOnlyList<string> Data(string text)
    {
        Assert.DoesNotContain('\r', text);
        string[] events = text.Split("\n\n");
        Assert.Equal("", events[^1]);
        Assert.All(events[..^1], line => Assert.StartsWith("data: ", line, StringComparison.Ordinal));
        Assert.All(events[..^1], line => Assert.DoesNotContain('\n', line));
        return [.. events[..^1].Select(line => line["data: ".Length..])];
    }

    /// <summary>The events whose data is JSON.</summary>
    public static IReadOnlyList<JsonNode> Events(string text) =>
        [.. Data(text).Where(data => data != "[DONE]").Select(data => JsonNode.Parse(data)!)];

    /// <summary>Deltas of a text, in pieces.</summary>
    public static ChatDelta[] Pieces(params string[] pieces)
    {
        int offset = 0;
        return
        [
            .. pieces.Select(piece =>
            {
                var delta = new ChatDelta { Text = piece, TextOffset = offset };
                offset += piece.Length;
                return delta;
            }),
        ];
    }
}
