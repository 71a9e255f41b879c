using System.Text.Json.Nodes;
using LlmStream.AspNetCore.Wires;
using Microsoft.Extensions.AI;
using static LlmStream.AspNetCore.Tests.Wires.OpenAI.OpenAIChunks;

namespace LlmStream.AspNetCore.Tests.Wires.OpenAI;

/// <summary>Tool calls in OpenAI's chunks: those that the client runs, and those that the server ran.</summary>
public class OpenAIToolCallTests
{
    [Fact]
    public void Calls_are_sent_by_fragment()
    {
        IEnumerable<string> deltas = Texts(Encoded.Complete(
            ChatWire.OpenAI,
            Call(0, "", id: "call_a", name: "f"),
            Call(0, "{\"x\":"),
            Call(1, "{}", id: "call_b", name: "g"),
            Call(0, "1}", offset: 5),
            new ChatDelta { FinishReason = ChatFinishReason.ToolCalls }));

        Assert.Equal(
            [
                First(""),
                """{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":"}}]}""",
                """{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"g","arguments":"{}"}}]}""",
                """{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}""",
                "{}",
            ],
            deltas);
    }

    [Fact]
    public void A_call_whose_name_comes_late_is_sent_when_it_is_there()
    {
        IEnumerable<string> deltas = Texts(Encoded.Complete(
            ChatWire.OpenAI, Call(0, "{", id: "call_a"), Call(0, "}", name: "f", offset: 1), Call(0, " ", offset: 2)));

        Assert.Equal(
            [
                First("{}"),
                """{"tool_calls":[{"index":0,"function":{"arguments":" "}}]}""",
                "{}",
            ],
            deltas);
    }

    [Fact]
    public void A_call_without_an_id_gets_one()
    {
        List<JsonNode> deltas = Deltas(Encoded.Complete(ChatWire.OpenAI, Call(0, "{}", name: "f"), Call(1, "{}", name: "g")));

        Assert.Equal("call_message1_0_0", (string?)deltas[0]["tool_calls"]![0]!["id"]);
        Assert.Equal("call_message1_0_1", (string?)deltas[1]["tool_calls"]![0]!["id"]);
    }

    [Fact]
    public void A_whole_call_is_sent_when_the_answer_is_complete()
    {
        ChatDelta call = Call(0, "{\"x\":1}", id: "call_a", name: "f", isComplete: true);

        string before = Encoded.Text(ChatWire.OpenAI, _ => { }, [call]);
        IReadOnlyList<JsonNode> events = Encoded.Events(Encoded.Complete(ChatWire.OpenAI, call));

        Assert.Equal("", before);
        Assert.Equal(
            First("{\\\"x\\\":1}"),
            events[0]["choices"]![0]!["delta"]!.ToJsonString(Relaxed));
        Assert.Equal("tool_calls", (string?)events[1]["choices"]![0]!["finish_reason"]);
    }

    [Fact]
    public void A_call_that_the_server_ran_is_not_sent()
    {
        IReadOnlyList<JsonNode> events = Encoded.Events(Encoded.Complete(
            ChatWire.OpenAI,
            Call(0, "{}", id: "call_a", name: "ran", isComplete: true),
            Call(1, "{}", id: "call_b", name: "client", isComplete: true),
            new ChatDelta { FinishReason = ChatFinishReason.ToolCalls },
            new ChatDelta { OtherContents = [new FunctionResultContent("call_a", "21 °C")] },
            new ChatDelta { Text = "It is warm." },
            new ChatDelta { TextOffset = 11, FinishReason = ChatFinishReason.ToolCalls }));

        Assert.Equal("It is warm.", (string?)events[0]["choices"]![0]!["delta"]!["content"]);
        JsonNode call = events[1]["choices"]![0]!["delta"]!["tool_calls"]![0]!;
        Assert.Equal(0, (int)call["index"]!);
        Assert.Equal("client", (string?)call["function"]!["name"]);
        Assert.Equal("tool_calls", (string?)events[2]["choices"]![0]!["finish_reason"]);
        Assert.Equal(3, events.Count);
    }

    [Fact]
    public void Calls_with_the_same_id_are_answered_in_their_order()
    {
        IReadOnlyList<JsonNode> events = Encoded.Events(Encoded.Complete(
            ChatWire.OpenAI,
            Call(0, "{}", id: "call", name: "first", isComplete: true),
            Call(1, "{}", id: "call", name: "second", isComplete: true),
            new ChatDelta { OtherContents = [new FunctionResultContent("call", "done")] }));

        Assert.Equal("second", (string?)events[0]["choices"]![0]!["delta"]!["tool_calls"]![0]!["function"]!["name"]);
        Assert.Equal(2, events.Count);
    }

    [Fact]
    public void An_answer_all_calls_of_which_the_server_ran_ends_with_stop()
    {
        IReadOnlyList<JsonNode> events = Encoded.Events(Encoded.Complete(
            ChatWire.OpenAI,
            Call(0, "{}", id: "call_a", name: "ran", isComplete: true),
            new ChatDelta { FinishReason = ChatFinishReason.ToolCalls },
            new ChatDelta { OtherContents = [new FunctionResultContent("call_a", "done")] }));

        Assert.Equal("""{"role":"assistant","content":""}""", events[0]["choices"]![0]!["delta"]!.ToJsonString());
        Assert.Equal("stop", (string?)events[1]["choices"]![0]!["finish_reason"]);
    }

    [Theory]
    [InlineData("tool_calls")]
    [InlineData("tool_use")]
    [InlineData("function_call")]
    [InlineData(null)]
    public void The_finish_reason_of_a_call_is_tool_calls(string? reason)
    {
        var last = new ChatDelta { FinishReason = reason is null ? null : new ChatFinishReason(reason) };

        IReadOnlyList<JsonNode> events = Encoded.Events(Encoded.Complete(ChatWire.OpenAI, Call(0, "{}", name: "f"), last));

        Assert.Equal("tool_calls", (string?)events[^1]["choices"]![0]!["finish_reason"]);
    }

    [Fact]
    public void A_failure_does_not_send_calls_that_were_held_back()
    {
        string text = Encoded.Failed(ChatWire.OpenAI, Call(0, "{}", id: "call_a", name: "f", isComplete: true));

        Assert.DoesNotContain("tool_calls", text, StringComparison.Ordinal);
    }

    private static string First(string arguments) => $$$"""
        {"role":"assistant","tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"f","arguments":"{{{arguments}}}"}}]}
        """;
}
