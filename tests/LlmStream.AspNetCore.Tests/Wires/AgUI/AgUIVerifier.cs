using System.Text.Json.Nodes;

namespace LlmStream.AspNetCore.Tests.Wires.AgUI;

/// <summary>
/// The rules that the verifier of @ag-ui/client 1.0.0 enforces, and the messages that its client makes of the events.
/// </summary>
internal sealed class AgUIVerifier
{
    private readonly HashSet<string> _open = [];
    private readonly HashSet<string> _ids = [];

    public Dictionary<string, string> Texts { get; } = [];

    public Dictionary<string, string> Reasoning { get; } = [];

    public Dictionary<string, string> Arguments { get; } = [];

    public static AgUIVerifier Read(IReadOnlyList<JsonNode> events)
    {
        var verifier = new AgUIVerifier();
        Assert.Equal("RUN_STARTED", (string?)events[0]["type"]);
        for (int i = 1; i < events.Count; i++) verifier.Add(events[i], isLast: i == events.Count - 1);
        return verifier;
    }

    private void Add(JsonNode e, bool isLast)
    {
        string type = (string)e["type"]!;
        Assert.All(e.AsObject(), property => Assert.NotNull(property.Value));
        switch (type)
        {
            case "TEXT_MESSAGE_START":
                Open("text", e["messageId"]);
                Texts.TryAdd((string)e["messageId"]!, "");
                break;
            case "TEXT_MESSAGE_CONTENT":
                Append(Texts, "text", e["messageId"], e["delta"]);
                break;
            case "TEXT_MESSAGE_END":
                Close("text", e["messageId"]);
                break;
            case "REASONING_START":
                Open("span", e["messageId"]);
                break;
            case "REASONING_MESSAGE_START":
                Open("reasoning", e["messageId"]);
                Assert.True(_ids.Add("reasoning" + (string)e["messageId"]!), "a reasoning message begins once");
                Reasoning.Add((string)e["messageId"]!, "");
                break;
            case "REASONING_MESSAGE_CONTENT":
                Append(Reasoning, "reasoning", e["messageId"], e["delta"]);
                break;
            case "REASONING_MESSAGE_END":
                Close("reasoning", e["messageId"]);
                break;
            case "REASONING_END":
                Close("span", e["messageId"]);
                break;
            case "TOOL_CALL_START":
                Open("call", e["toolCallId"]);
                Assert.True(_ids.Add("call" + (string)e["toolCallId"]!), "the ids of calls are unique");
                Arguments.Add((string)e["toolCallId"]!, "");
                break;
            case "TOOL_CALL_ARGS":
                Append(Arguments, "call", e["toolCallId"], e["delta"]);
                break;
            case "TOOL_CALL_END":
                Close("call", e["toolCallId"]);
                break;
            case "TOOL_CALL_RESULT":
                Assert.True(_ids.Add("result" + (string)e["messageId"]!), "a result has a message of its own");
                break;
            case "REASONING_ENCRYPTED_VALUE" or "CUSTOM":
                break;
            case "RUN_FINISHED":
                Assert.Empty(_open);
                Assert.True(isLast, "nothing follows the end");
                break;
            case "RUN_ERROR":
                Assert.DoesNotContain(_open, key => !key.StartsWith("call", StringComparison.Ordinal));
                Assert.True(isLast, "nothing follows the end");
                break;
            default:
                Assert.Fail($"The event {type} is unknown.");
                break;
        }

        if (isLast) Assert.StartsWith("RUN_", type, StringComparison.Ordinal);
    }

    private void Open(string kind, JsonNode? id) => Assert.True(_open.Add(kind + (string)id!), $"{kind} {id} is opened twice");

    private void Close(string kind, JsonNode? id) => Assert.True(_open.Remove(kind + (string)id!), $"{kind} {id} is not open");

    private void Append(Dictionary<string, string> texts, string kind, JsonNode? id, JsonNode? delta)
    {
        Assert.Contains(kind + (string)id!, _open);
        Assert.NotEqual("", (string)delta!);
        texts[(string)id!] += (string)delta!;
    }
}
