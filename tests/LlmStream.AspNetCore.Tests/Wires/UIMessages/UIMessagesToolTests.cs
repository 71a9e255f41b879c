using System.Text.Json;
using System.Text.Json.Nodes;
using LlmStream.AspNetCore.Wires;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Wires.UIMessages;

public class UIMessagesToolTests
{
    [Fact]
    public void Calls_are_sent_by_fragment()
    {
        Assert.Equal(
            """
            {"type":"text-start","id":"text-1"}
            {"type":"text-delta","id":"text-1","delta":"Let me see."}
            {"type":"text-end","id":"text-1"}
            {"type":"tool-input-start","toolCallId":"c1","toolName":"weather"}
            {"type":"tool-input-delta","toolCallId":"c1","inputTextDelta":"{\"city\":\n "}
            {"type":"tool-input-delta","toolCallId":"c1","inputTextDelta":"\"Köln\"}"}
            {"type":"tool-input-start","toolCallId":"c2","toolName":"time"}
            {"type":"tool-input-available","toolCallId":"c1","toolName":"weather","input":{"city":"Köln"}}
            {"type":"tool-input-available","toolCallId":"c2","toolName":"time","input":{}}
            """,
            Chunks.Of(
                new ChatDelta { Text = "Let me see." },
                Call(new ToolCallDelta { Id = "c1", Name = "weather" }, 11),
                Call(new ToolCallDelta { Arguments = "{\"city\":\n " }, 11),
                Call(new ToolCallDelta { Arguments = "\"Köln\"}", ArgumentsOffset = 10 }, 11),
                Call(new ToolCallDelta { Index = 1, Id = "c2", Name = "time" }, 11)));
    }

    [Fact]
    public void A_call_whose_end_the_provider_signals_is_available_at_once()
    {
        Assert.Equal(
            """
            {"type":"tool-input-start","toolCallId":"c1","toolName":"time"}
            {"type":"tool-input-delta","toolCallId":"c1","inputTextDelta":"{}"}
            {"type":"tool-input-available","toolCallId":"c1","toolName":"time","input":{}}
            {"type":"text-start","id":"text-1"}
            {"type":"text-delta","id":"text-1","delta":"x"}
            {"type":"text-end","id":"text-1"}
            """,
            Chunks.Of(
                Call(new ToolCallDelta { Id = "c1", Name = "time", Arguments = "{}", IsComplete = true }),
                new ChatDelta { Text = "x" }));
    }

    [Theory]
    [InlineData("{\"a\":")]
    [InlineData("[1]")]
    [InlineData("\"text\"")]
    [InlineData("{} {}")]
    [InlineData("oops \uD83D")]
    [InlineData("{\"a\":[{\"__proto__\":1}]}")]
    [InlineData("{\"constructor\":{\"prototype\":1}}")]
    public void Invalid_arguments_are_an_error_with_the_text(string arguments)
    {
        string last = Chunks.Of(Call(new ToolCallDelta { Id = "c1", Name = "time", Arguments = arguments })).Split('\n')[^1];
        JsonNode chunk = JsonNode.Parse(last)!;

        Assert.Equal("tool-input-error", Chunks.TypeOf(chunk));
        Assert.Equal("time", (string?)chunk["toolName"]);
        Assert.Equal(arguments.Replace('\uD83D', '\uFFFD'), (string?)chunk["input"]);
        Assert.NotEqual("", (string?)chunk["errorText"]);
    }

    [Theory]
    [InlineData("", "length", "tool-input-error")]
    [InlineData("", "content_filter", "tool-input-error")]
    [InlineData("", "tool_calls", "tool-input-available")]
    [InlineData("null", "tool_calls", "tool-input-available")]
    [InlineData("{\"a\":1}", "length", "tool-input-available")]
    public void Empty_arguments_are_valid_unless_the_answer_was_cut_off(string arguments, string reason, string expected)
    {
        string text = Encoded.Complete(
            ChatWire.UIMessages,
            Call(new ToolCallDelta { Id = "c1", Name = "time", Arguments = arguments }),
            new ChatDelta { FinishReason = new ChatFinishReason(reason) });

        Assert.Contains(Encoded.Events(text), chunk => Chunks.TypeOf(chunk) == expected);
    }

    [Fact]
    public void A_call_of_an_answer_that_failed_is_not_available()
    {
        string text = Encoded.Failed(
            ChatWire.UIMessages,
            Call(new ToolCallDelta { Id = "c1", Name = "delete", Arguments = "{}" }),
            new ChatDelta { FinishReason = ChatFinishReason.ToolCalls });

        Assert.DoesNotContain("available", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_without_id_gets_the_one_that_the_collected_answer_has()
    {
        var info = new ChatStreamInfo { Id = "chatcmpl-abc_123" };
        ChatDelta[] deltas =
        [
            new ChatDelta { Stream = info, ToolCalls = [new ToolCallDelta { Name = "time", Arguments = "{}" }] },
            new ChatDelta { Stream = info, ToolCalls = [new ToolCallDelta { Index = 1, Name = "time", IsComplete = true }] },
        ];
        ChatStreamResult collected = await deltas.ToAsyncEnumerable().CollectAsync();

        string[] ids =
        [
            .. Encoded.Events(Encoded.Complete(ChatWire.UIMessages, deltas))
                .Where(chunk => Chunks.TypeOf(chunk) == "tool-input-available").Select(chunk => (string)chunk["toolCallId"]!).Order(),
        ];

        Assert.Equal(collected.ToChatMessage().Contents.OfType<FunctionCallContent>().Select(call => call.CallId), ids);
        Assert.Equal(["call_chatcmplabc123_0", "call_chatcmplabc123_1"], ids);
    }

    [Fact]
    public void A_call_without_id_in_a_stream_without_id_gets_the_same_id_each_time()
    {
        Assert.StartsWith(
            """{"type":"tool-input-start","toolCallId":"call_message1_0","toolName":"time"}""",
            Chunks.Of(Call(new ToolCallDelta { Name = "time", Arguments = "{}" })),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Two_calls_with_one_id_are_two_parts()
    {
        string chunks = Chunks.Of(
            Call(new ToolCallDelta { Id = "c", Name = "a", Arguments = "{}" }),
            Call(new ToolCallDelta { Index = 1, Id = "c", Name = "b", Arguments = "{}" }));

        Assert.Contains("""{"type":"tool-input-available","toolCallId":"c","toolName":"a","input":{}}""", chunks, StringComparison.Ordinal);
        Assert.Contains("""{"type":"tool-input-available","toolCallId":"c_1","toolName":"b","input":{}}""", chunks, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_without_name_is_an_error()
    {
        JsonNode chunk = JsonNode.Parse(Chunks.Of(Call(new ToolCallDelta { Id = "c1", Arguments = "{}" })))!;

        Assert.Equal("tool-input-error", Chunks.TypeOf(chunk));
        Assert.Equal("unknown", (string?)chunk["toolName"]);
    }

    [Fact]
    public void Arguments_that_the_provider_rewrites_begin_again()
    {
        Assert.Equal(
            """
            {"type":"tool-input-start","toolCallId":"c1","toolName":"time"}
            {"type":"tool-input-delta","toolCallId":"c1","inputTextDelta":"{\"a\":1"}
            {"type":"tool-input-start","toolCallId":"c1","toolName":"time"}
            {"type":"tool-input-delta","toolCallId":"c1","inputTextDelta":"{\"b\":2}"}
            {"type":"tool-input-available","toolCallId":"c1","toolName":"time","input":{"b":2}}
            """,
            Chunks.Of(
                Call(new ToolCallDelta { Id = "c1", Name = "time", Arguments = "{\"a\":1" }),
                Call(new ToolCallDelta { Arguments = "b\":2}", ArgumentsOffset = 2 })));
    }

    [Fact]
    public void What_follows_results_of_the_server_is_a_new_step()
    {
        Assert.Equal(
            """
            {"type":"tool-input-start","toolCallId":"c1","toolName":"weather"}
            {"type":"tool-input-delta","toolCallId":"c1","inputTextDelta":"{}"}
            {"type":"tool-input-available","toolCallId":"c1","toolName":"weather","input":{}}
            {"type":"tool-input-start","toolCallId":"c2","toolName":"time"}
            {"type":"tool-input-available","toolCallId":"c2","toolName":"time","input":{}}
            {"type":"tool-output-available","toolCallId":"c1","output":{"sun":true,"text":"a b"}}
            {"type":"tool-output-error","toolCallId":"c2","errorText":"The tool failed."}
            {"type":"finish-step"}
            {"type":"start-step"}
            {"type":"text-start","id":"text-1"}
            {"type":"text-delta","id":"text-1","delta":"Sunny."}
            {"type":"text-end","id":"text-1"}
            """,
            Chunks.Of(
                Call(new ToolCallDelta { Id = "c1", Name = "weather", Arguments = "{}", IsComplete = true }),
                Call(new ToolCallDelta { Index = 1, Id = "c2", Name = "time", IsComplete = true }),
                new ChatDelta
                {
                    OtherContents =
                    [
                        new FunctionResultContent("c1", Element("{ \"sun\" : true,\n\"text\":\"a b\"}")),
                        new FunctionResultContent("c2", "Error: secret") { Exception = new InvalidOperationException("secret") },
                    ],
                },
                new ChatDelta { Text = "Sunny." }));
    }

    [Fact]
    public void An_answer_that_ends_with_results_has_no_empty_step()
    {
        string chunks = Chunks.Of(
            Call(new ToolCallDelta { Id = "c1", Name = "weather", IsComplete = true }),
            new ChatDelta { OtherContents = [new FunctionResultContent("c1", null)] });

        Assert.EndsWith("""{"type":"tool-output-available","toolCallId":"c1","output":null}""", chunks, StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_and_its_result_may_be_in_one_delta()
    {
        string chunks = Chunks.Of(new ChatDelta
        {
            ToolCalls = [new ToolCallDelta { Id = "c1", Name = "weather", IsComplete = true }],
            OtherContents = [new FunctionResultContent("c1", "sun")],
        });

        Assert.EndsWith("""{"type":"tool-output-available","toolCallId":"c1","output":"sun"}""", chunks, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_may_occur_again_in_a_later_step()
    {
        string chunks = Chunks.Of(
            Call(new ToolCallDelta { Id = "c", Name = "a", IsComplete = true }),
            new ChatDelta { OtherContents = [new FunctionResultContent("c", 1)] },
            Call(new ToolCallDelta { Index = 1, Id = "c", Name = "b", IsComplete = true }),
            new ChatDelta { OtherContents = [new FunctionResultContent("c", 2)] });

        Assert.Equal(
            """
            {"type":"tool-output-available","toolCallId":"c","output":1}
            {"type":"finish-step"}
            {"type":"start-step"}
            {"type":"tool-input-start","toolCallId":"c","toolName":"b"}
            {"type":"tool-input-available","toolCallId":"c","toolName":"b","input":{}}
            {"type":"tool-output-available","toolCallId":"c","output":2}
            """,
            string.Join('\n', chunks.Split('\n')[2..]));
    }

    [Fact]
    public void The_result_of_an_unknown_call_is_left_out()
    {
        Assert.Equal("", Chunks.Of(new ChatDelta { OtherContents = [new FunctionResultContent("other", "x")] }));
    }

    [Theory]
    [MemberData(nameof(Results))]
    public void Results_of_any_type_are_sent(object result, string expected)
    {
        string chunks = Chunks.Of(
            Call(new ToolCallDelta { Id = "c1", Name = "a", IsComplete = true }),
            new ChatDelta { OtherContents = [new FunctionResultContent("c1", result)] });

        Assert.Equal(
            $$"""{"type":"tool-output-available","toolCallId":"c1","output":{{expected}}}""", chunks.Split('\n')[^1]);
    }

    public static TheoryData<object, string> Results => new()
    {
        { "line\nend", "\"line\\nend\"" },
        { 1.5, "1.5" },
        { true, "true" },
        { new JsonObject { ["a"] = "ä" }, """{"a":"ä"}""" },
        { Element("\"\\ud83d\""), "\"\\ud83d\"" },
        { new TextContent("text"), "\"text\"" },
        { new List<AIContent> { new TextContent("text"), new UriContent("https://a.b/c.png", "image/png") },
            """["text",{"type":"file","url":"https://a.b/c.png","mediaType":"image/png"}]""" },
        { new Dictionary<string, object?> { ["a"] = 1, ["b"] = null }, """{"a":1,"b":null}""" },
        { new Unserializable(), "\"its text\"" },
        { Element("""{"a":[{"\u005f_proto__":1}]}"""), """
            "{\"a\":[{\"\\u005f_proto__\":1}]}"
            """ },
    };

    [Fact]
    public void Tools_that_the_provider_ran_are_marked()
    {
        Assert.Equal(
            """
            {"type":"tool-input-available","toolCallId":"w1","toolName":"web_search","input":{"queries":["cats"]},"providerExecuted":true,"dynamic":true}
            {"type":"tool-output-available","toolCallId":"w1","output":[{"type":"file","url":"https://cats.example/","mediaType":"text/html"}],"providerExecuted":true,"dynamic":true}
            {"type":"tool-input-available","toolCallId":"i1","toolName":"code_interpreter","input":{"code":"print(1)"},"providerExecuted":true,"dynamic":true}
            {"type":"tool-output-available","toolCallId":"i1","output":["1"],"providerExecuted":true,"dynamic":true}
            {"type":"tool-input-available","toolCallId":"m1","toolName":"lookup","input":{"a":1},"providerExecuted":true,"dynamic":true}
            {"type":"tool-input-available","toolCallId":"m2","toolName":"mcp","input":{},"providerExecuted":true,"dynamic":true}
            {"type":"tool-output-available","toolCallId":"m2","output":[],"providerExecuted":true,"dynamic":true}
            {"type":"text-start","id":"text-1"}
            {"type":"text-delta","id":"text-1","delta":"Cats."}
            {"type":"text-end","id":"text-1"}
            """,
            Chunks.Of(
                Other(new WebSearchToolCallContent("w1") { Queries = ["cats"] }),
                Other(new WebSearchToolResultContent("w1") { Outputs = [new UriContent("https://cats.example/", "text/html")] }),
                Other(new CodeInterpreterToolCallContent("i1") { Inputs = [new TextContent("print(1)")] }),
                Other(new CodeInterpreterToolResultContent("i1") { Outputs = [new TextContent("1")] }),
                Other(new McpServerToolCallContent("m1", "lookup", "s") { Arguments = new Dictionary<string, object?> { ["a"] = 1 } }),
                Other(new McpServerToolResultContent("m2") { Outputs = [] }),
                new ChatDelta { Text = "Cats." }));
    }

    [Fact]
    public void An_approval_is_requested_from_clients_that_know_it()
    {
        ChatDelta delta = Other(new ToolApprovalRequestContent(
            "a1", new FunctionCallContent("c1", "delete", new Dictionary<string, object?> { ["all"] = true })));

        Assert.Equal("", Chunks.Of(delta));
        Assert.Equal(
            """
            {"type":"tool-input-available","toolCallId":"c1","toolName":"delete","input":{"all":true}}
            {"type":"tool-approval-request","approvalId":"a1","toolCallId":"c1"}
            """,
            Chunks.Of(ChatWire.CreateUIMessages(new Version(6, 0)), delta));
    }

    private static ChatDelta Call(ToolCallDelta fragment, int textOffset = 0) =>
        new() { TextOffset = textOffset, ToolCalls = [fragment] };

    private static ChatDelta Other(AIContent content) => new() { OtherContents = [content] };

    private static JsonElement Element(string json) => JsonDocument.Parse(json).RootElement;

    private sealed class Unserializable
    {
        public IntPtr Pointer => default;

        public override string ToString() => "its text";
    }
}
