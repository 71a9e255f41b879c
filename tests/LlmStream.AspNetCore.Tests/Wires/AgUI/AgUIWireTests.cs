using System.Text.Json.Nodes;
using LlmStream.AspNetCore.Wires;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Wires.AgUI;

/// <summary>Where each content and each ending goes in AG-UI's events. The events were checked with the npm package @ag-ui/client 1.0.0.</summary>
public class AgUIWireTests
{
    private static readonly ChatDelta Stop = new() { FinishReason = ChatFinishReason.Stop };

    [Fact]
    public void An_answer_of_text_has_these_bytes()
    {
        ChatDelta[] deltas =
        [
            .. Encoded.Pieces("你好", ", \"world\""),
            new()
            {
                TextOffset = 11,
                FinishReason = ChatFinishReason.Stop,
                Usage = new UsageDetails
                {
                    InputTokenCount = 5, OutputTokenCount = 7, TotalTokenCount = 12, ReasoningTokenCount = 2, CachedInputTokenCount = 1,
                },
                Stream = new ChatStreamInfo { Model = "model-1" },
            },
        ];

        Assert.Equal(
            """
            data: {"type":"RUN_STARTED","threadId":"conversation-1","runId":"run-1","protocolVersion":"1.0"}

            data: {"type":"TEXT_MESSAGE_START","messageId":"message-1","role":"assistant"}

            data: {"type":"TEXT_MESSAGE_CONTENT","messageId":"message-1","delta":"你好"}

            data: {"type":"TEXT_MESSAGE_CONTENT","messageId":"message-1","delta":", \"world\""}

            data: {"type":"TEXT_MESSAGE_END","messageId":"message-1"}

            data: {"type":"RUN_FINISHED","threadId":"conversation-1","runId":"run-1","outcome":{"type":"success"},"usage":[{"model":"model-1","inputTokens":5,"outputTokens":7,"totalTokens":12,"reasoningTokens":2,"cachedInputTokens":1}],"metadata":{"finishReason":"stop","tanstack":{"finishReason":"stop"}}}


            """.ReplaceLineEndings("\n"),
            Encoded.Complete(ChatWire.AgUI, deltas));
    }

    [Fact]
    public void Reasoning_is_a_message_before_the_text() =>
        Check(
            """
            REASONING_START message-1-reasoning-1
            REASONING_MESSAGE_START message-1-reasoning-1 reasoning
            REASONING_MESSAGE_CONTENT message-1-reasoning-1 Let me
            REASONING_MESSAGE_CONTENT message-1-reasoning-1  think.
            REASONING_MESSAGE_END message-1-reasoning-1
            REASONING_END message-1-reasoning-1
            TEXT_MESSAGE_START message-1 assistant
            TEXT_MESSAGE_CONTENT message-1 Yes.
            TEXT_MESSAGE_END message-1
            """,
            new ChatDelta { Reasoning = "Let me" },
            new ChatDelta { Reasoning = " think.", ReasoningOffset = 6, Text = "Yes." },
            new ChatDelta { TextOffset = 4, FinishReason = ChatFinishReason.Stop });

    [Fact]
    public void Text_after_reasoning_that_follows_text_is_a_new_message() =>
        Check(
            """
            TEXT_MESSAGE_START message-1 assistant
            TEXT_MESSAGE_CONTENT message-1 One.
            TEXT_MESSAGE_END message-1
            REASONING_START message-1-reasoning-1
            REASONING_MESSAGE_START message-1-reasoning-1 reasoning
            REASONING_MESSAGE_CONTENT message-1-reasoning-1 Hm.
            REASONING_MESSAGE_END message-1-reasoning-1
            REASONING_END message-1-reasoning-1
            TEXT_MESSAGE_START message-1-2 assistant
            TEXT_MESSAGE_CONTENT message-1-2 Two.
            TEXT_MESSAGE_END message-1-2
            """,
            new ChatDelta { Text = "One." },
            new ChatDelta { TextOffset = 4, Reasoning = "Hm." },
            new ChatDelta { Text = "Two.", TextOffset = 4 });

    [Fact]
    public void A_refusal_is_text() =>
        Check(
            """
            TEXT_MESSAGE_START message-1 assistant
            TEXT_MESSAGE_CONTENT message-1 I can
            TEXT_MESSAGE_CONTENT message-1 not.
            TEXT_MESSAGE_END message-1
            """,
            new ChatDelta { Refusal = "I can" },
            new ChatDelta { Refusal = "not.", RefusalOffset = 5 },
            Stop);

    [Fact]
    public void Signatures_belong_to_the_reasoning_before_them() =>
        Check(
            """
            REASONING_START message-1-reasoning-1
            REASONING_MESSAGE_START message-1-reasoning-1 reasoning
            REASONING_MESSAGE_CONTENT message-1-reasoning-1 A
            REASONING_ENCRYPTED_VALUE message message-1-reasoning-1 s1
            REASONING_MESSAGE_END message-1-reasoning-1
            REASONING_END message-1-reasoning-1
            REASONING_START message-1-reasoning-2
            REASONING_MESSAGE_START message-1-reasoning-2 reasoning
            REASONING_MESSAGE_CONTENT message-1-reasoning-2 B
            REASONING_ENCRYPTED_VALUE message message-1-reasoning-2 s2
            REASONING_MESSAGE_END message-1-reasoning-2
            REASONING_END message-1-reasoning-2
            TEXT_MESSAGE_START message-1 assistant
            TEXT_MESSAGE_CONTENT message-1 C
            TEXT_MESSAGE_END message-1
            """,
            new ChatDelta { Reasoning = "A" },
            new ChatDelta { OtherContents = [Signature("s1")] },
            new ChatDelta { Reasoning = "B", ReasoningOffset = 1 },
            new ChatDelta { Text = "C", OtherContents = [Signature("s2")] });

    [Fact]
    public void Signatures_without_reasoning_belong_to_the_call_or_the_text_or_to_reasoning_without_text() =>
        Check(
            """
            REASONING_START message-1-reasoning-1
            REASONING_MESSAGE_START message-1-reasoning-1 reasoning
            REASONING_ENCRYPTED_VALUE message message-1-reasoning-1 s1
            REASONING_MESSAGE_END message-1-reasoning-1
            REASONING_END message-1-reasoning-1
            TEXT_MESSAGE_START message-1 assistant
            TEXT_MESSAGE_CONTENT message-1 A
            REASONING_ENCRYPTED_VALUE message message-1 s2
            TEXT_MESSAGE_END message-1
            TOOL_CALL_START c1 f message-1
            REASONING_ENCRYPTED_VALUE tool-call c1 s3
            TOOL_CALL_ARGS c1 {}
            TOOL_CALL_END c1
            """,
            new ChatDelta { OtherContents = [Signature("s1")] },
            new ChatDelta { Text = "A", OtherContents = [Signature("s2")] },
            new ChatDelta
            {
                TextOffset = 1,
                OtherContents = [Signature("s3")],
                ToolCalls = [new() { Id = "c1", Name = "f", Arguments = "{}", IsComplete = true }],
            });

    [Fact]
    public void Calls_arrive_by_fragment_and_are_left_to_the_client()
    {
        IReadOnlyList<JsonNode> events = Check(
            """
            TEXT_MESSAGE_START message-1 assistant
            TEXT_MESSAGE_CONTENT message-1 Look:
            TEXT_MESSAGE_END message-1
            TOOL_CALL_START c1 weather message-1
            TOOL_CALL_START message-1-call-1 time message-1
            TOOL_CALL_ARGS c1 {"city":
            TOOL_CALL_ARGS message-1-call-1 {}
            TOOL_CALL_END message-1-call-1
            TOOL_CALL_ARGS c1 "Berlin"}
            TOOL_CALL_END c1
            """,
            new ChatDelta { Text = "Look:" },
            CallsAt(5, new() { Id = "c1", Name = "weather" }, new() { Index = 1, Name = "time" }),
            CallsAt(5, new() { Arguments = "{\"city\":" }, new() { Index = 1, Arguments = "{}", IsComplete = true }),
            CallsAt(5, new() { Arguments = "\"Berlin\"}", ArgumentsOffset = 8 }, new() { Index = 1, Arguments = "late", ArgumentsOffset = 2 }),
            new ChatDelta { TextOffset = 5, FinishReason = ChatFinishReason.ToolCalls });

        Assert.Equal("""{"type":"success","pendingToolCallIds":["c1","message-1-call-1"]}""", events[^1]["outcome"]!.ToJsonString());
        Assert.Equal("tool_calls", (string?)events[^1]["metadata"]!["finishReason"]);
    }

    [Fact]
    public void The_arguments_of_a_call_wait_for_its_name() =>
        Check(
            """
            TOOL_CALL_START c1 f message-1
            TOOL_CALL_ARGS c1 {"a":1
            TOOL_CALL_ARGS c1 }
            TOOL_CALL_END c1
            """,
            Calls(new ToolCallDelta { Id = "c1", Arguments = "{\"b" }),
            Calls(new ToolCallDelta { Arguments = "a\":1", ArgumentsOffset = 2, Name = "f" }),
            Calls(new ToolCallDelta { Arguments = "}", ArgumentsOffset = 6 }));

    [Fact]
    public void A_call_without_a_name_is_not_left_to_the_client()
    {
        IReadOnlyList<JsonNode> events = Check(
            """
            TOOL_CALL_START c1  message-1
            TOOL_CALL_ARGS c1 {}
            TOOL_CALL_END c1
            TOOL_CALL_RESULT message-1-result-1 c1 The call was not run, because it is incomplete. tool
            """,
            Calls(new ToolCallDelta { Id = "c1", Arguments = "{}" }));

        Assert.Equal("""{"type":"success"}""", events[^1]["outcome"]!.ToJsonString());
    }

    [Fact]
    public void Two_calls_with_the_same_id_or_an_empty_one_stay_apart() =>
        Check(
            """
            TOOL_CALL_START same f message-1
            TOOL_CALL_START message-1-call-1 g message-1
            TOOL_CALL_START message-1-call-2 h message-1
            TOOL_CALL_END same
            TOOL_CALL_END message-1-call-1
            TOOL_CALL_END message-1-call-2
            """,
            Calls(
                new() { Id = "same", Name = "f" }, new() { Index = 1, Id = "same", Name = "g" }, new() { Index = 2, Id = "", Name = "h" }));

    [Fact]
    public void Results_of_tools_that_the_server_ran_are_followed_by_a_new_message()
    {
        IReadOnlyList<JsonNode> events = Check(
            """
            TOOL_CALL_START c1 f message-1
            TOOL_CALL_END c1
            TOOL_CALL_RESULT message-1-result-1 c1 12 degrees tool
            TOOL_CALL_RESULT message-1-result-2 unknown {"a":1} tool
            TEXT_MESSAGE_START message-1-2 assistant
            TEXT_MESSAGE_CONTENT message-1-2 It is 12.
            TEXT_MESSAGE_END message-1-2
            """,
            Calls(new ToolCallDelta { Id = "c1", Name = "f" }),
            new ChatDelta { FinishReason = ChatFinishReason.ToolCalls },
            new ChatDelta
            {
                OtherContents =
                [
                    new FunctionResultContent("c1", "12 degrees"), new FunctionResultContent("unknown", JsonNode.Parse("""{"a":1}""")),
                ],
            },
            new ChatDelta { Text = "It is 12." },
            new ChatDelta { TextOffset = 9, FinishReason = ChatFinishReason.Stop });

        Assert.Equal("""{"type":"success"}""", events[^1]["outcome"]!.ToJsonString());
        Assert.Equal("stop", (string?)events[^1]["metadata"]!["finishReason"]);
    }

    [Fact]
    public void A_result_goes_to_the_last_call_with_its_id() =>
        Check(
            """
            TOOL_CALL_START c f message-1
            TOOL_CALL_END c
            TOOL_CALL_RESULT message-1-result-1 c first tool
            TOOL_CALL_START message-1-call-1 f message-1-2
            TOOL_CALL_END message-1-call-1
            TOOL_CALL_RESULT message-1-result-2 message-1-call-1 second tool
            """,
            Calls(new ToolCallDelta { Id = "c", Name = "f", IsComplete = true }),
            new ChatDelta { OtherContents = [new FunctionResultContent("c", "first")] },
            Calls(new ToolCallDelta { Index = 1, Id = "c", Name = "f", IsComplete = true }),
            new ChatDelta { OtherContents = [new FunctionResultContent("c", "second")] });

    [Fact]
    public void Citations_files_and_seams_are_custom_events()
    {
        var citation = new CitationAnnotation
        {
            Url = new Uri("https://example.org/ä"),
            Title = "Title",
            AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = 1, EndIndex = 3 }],
        };
        IReadOnlyList<JsonNode> events = Encoded.Events(Encoded.Complete(
            ChatWire.AgUI,
            new ChatDelta { Seam = new() { Attempt = 2, TextOffset = 0, Reason = ChatStreamError.Connection, Kind = ChatSeamKind.Appended } },
            new ChatDelta
            {
                OtherContents =
                [
                    new TextContent("") { Annotations = [citation] },
                    new DataContent(new byte[] { 1, 2 }, "image/png") { Name = "a.png" },
                    new UriContent("https://example.org/b", "text/plain"),
                ],
            }));

        Assert.Equal(
            [
                """{"type":"CUSTOM","name":"llmstream.seam","value":{"kind":"appended","attempt":2,"textOffset":0}}""",
                """{"type":"CUSTOM","name":"llmstream.citation","value":{"url":"https://example.org/ä","title":"Title","startIndex":1,"endIndex":3}}""",
                """{"type":"CUSTOM","name":"llmstream.file","value":{"url":"data:image/png;base64,AQI=","mediaType":"image/png","name":"a.png"}}""",
                """{"type":"CUSTOM","name":"llmstream.file","value":{"url":"https://example.org/b","mediaType":"text/plain"}}""",
            ],
            events.Skip(1).SkipLast(1).Select(e => e.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })));
    }

    [Fact]
    public void Each_attempt_has_its_own_usage()
    {
        IReadOnlyList<JsonNode> events = Encoded.Events(Encoded.Failed(
            ChatWire.AgUI,
            Usage(1, "a", 10, 1), Usage(1, "a", 10, 4), Usage(2, "b", 14, -1)));

        Assert.Equal(
            """[{"model":"a","inputTokens":10,"outputTokens":4,"totalTokens":14},{"model":"b","inputTokens":14,"totalTokens":13}]""",
            events[^1]["usage"]!.ToJsonString());

        static ChatDelta Usage(int attempt, string model, int input, int output) => new()
        {
            Usage = new UsageDetails { InputTokenCount = input, OutputTokenCount = output },
            Stream = new ChatStreamInfo { Attempt = attempt, Model = model },
        };
    }

    [Fact]
    public void A_failure_closes_text_but_not_the_call_that_was_cut_off()
    {
        string text = Encoded.Failed(
            ChatWire.AgUI,
            Calls(new() { Id = "c1", Name = "f", Arguments = "{}" }, new() { Index = 1, Id = "c2", Name = "g", Arguments = "{\"a" }),
            new ChatDelta { Text = "A" });

        Assert.Equal(
            """
            TOOL_CALL_START c1 f message-1
            TOOL_CALL_ARGS c1 {}
            TOOL_CALL_START c2 g message-1
            TOOL_CALL_ARGS c2 {"a
            TEXT_MESSAGE_START message-1 assistant
            TEXT_MESSAGE_CONTENT message-1 A
            TEXT_MESSAGE_END message-1
            TOOL_CALL_END c1
            """.ReplaceLineEndings("\n"),
            Summary(Encoded.Events(text)));
        Assert.Equal("""{"type":"RUN_ERROR","message":"The answer was cut off.","code":"truncated"}""", Encoded.Data(text)[^1]);
    }

    [Fact]
    public void A_canceled_run_closes_everything_and_says_so()
    {
        string text = Encoded.Canceled(
            ChatWire.AgUI, new ChatDelta { Reasoning = "A", ToolCalls = [new() { Id = "c1", Name = "f", Arguments = "{" }] });

        Assert.Equal("""{"type":"TOOL_CALL_END","toolCallId":"c1","metadata":{"incomplete":true}}""", Encoded.Data(text)[^2]);
        Assert.Equal(
            """{"type":"RUN_FINISHED","threadId":"conversation-1","runId":"run-1","outcome":{"type":"cancelled"}}""", Encoded.Data(text)[^1]);
    }

    [Fact]
    public void A_call_that_a_limit_cut_off_is_not_left_to_the_client()
    {
        string text = Encoded.Complete(
            ChatWire.AgUI,
            Calls(new() { Id = "c1", Name = "f", Arguments = "{}" }, new() { Index = 1, Id = "c2", Name = "f", Arguments = "{\"a" }),
            new ChatDelta { FinishReason = ChatFinishReason.Length });

        Assert.Equal("""{"type":"TOOL_CALL_END","toolCallId":"c2","metadata":{"incomplete":true}}""", Encoded.Data(text)[^3]);
        JsonNode result = Encoded.Events(text)[^2];
        Assert.Equal(("TOOL_CALL_RESULT", "c2"), ((string?)result["type"], (string?)result["toolCallId"]));
        Assert.Equal(
            """{"type":"success","pendingToolCallIds":["c1"]}""", Encoded.Events(text)[^1]["outcome"]!.ToJsonString());
    }

    [Fact]
    public void An_answer_without_content_is_a_run_without_messages() => Check("", Stop);

    [Fact]
    public void Only_the_first_choice_is_sent() =>
        Check(
            """
            TEXT_MESSAGE_START message-1 assistant
            TEXT_MESSAGE_CONTENT message-1 A
            TEXT_MESSAGE_END message-1
            """,
            new ChatDelta { Text = "A" },
            new ChatDelta { ChoiceIndex = 1, Text = "B" });

    [Fact]
    public void A_rewrite_cannot_be_expressed()
    {
        using WireEncoder encoder = ChatWire.AgUI.CreateEncoder(new System.Buffers.ArrayBufferWriter<byte>(), Encoded.Context);
        encoder.Begin();
        encoder.Add(new ChatDelta { Text = "Hello", Reasoning = "A", ToolCalls = [new() { Name = "f", Arguments = "{}" }] });

        Assert.Throws<RewriteNotSupportedException>(() => encoder.Add(new ChatDelta { Text = "J" }));
        Assert.Throws<RewriteNotSupportedException>(() => encoder.Add(new ChatDelta { TextOffset = 5, Reasoning = "B" }));
        Assert.Throws<RewriteNotSupportedException>(() => encoder.Add(CallsAt(5, new ToolCallDelta { Arguments = "[" })));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_replaced()
    {
        WireContext context = Encoded.Context with { MessageId = "m\ud800", ConversationId = "t\udc00" };
        string text = Encoded.Text(
            ChatWire.AgUI,
            encoder => encoder.Complete(),
            [
                new ChatDelta { Text = "a\ud800" },
                new ChatDelta { TextOffset = 2, Text = "\udc00b", ToolCalls = [new() { Id = "c\ud800", Name = "f\ud800", Arguments = "\"\ud800" }] },
            ],
            context);

        Assert.Equal("a\ufffd\ufffdb", string.Concat(Encoded.Events(text).Where(e => (string?)e["type"] == "TEXT_MESSAGE_CONTENT").Select(e => e["delta"])));
    }

    [Fact]
    public void A_text_delta_allocates_nothing()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>(1 << 20);
        using WireEncoder encoder = ChatWire.AgUI.CreateEncoder(output, Encoded.Context);
        encoder.Begin();
        ChatDelta[] deltas = Encoded.Pieces([.. Enumerable.Repeat("token 世 \"x\"", 1_000)]);
        for (int i = 0; i < 500; i++) encoder.Add(deltas[i]);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 500; i < 1_000; i++) encoder.Add(deltas[i]);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void An_error_before_the_answer_is_a_sentence()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        ChatWire.AgUI.WriteError(output, new WireFailure("rate_limited", "There are too many requests – wait.", 429));

        Assert.Equal("There are too many requests – wait.", System.Text.Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal("text/plain; charset=utf-8", ChatWire.AgUI.ErrorContentType);
    }

    private static TextReasoningContent Signature(string value) => new("") { ProtectedData = value };

    // Behind the text that the tests have sent before it.
    private static ChatDelta Calls(params ToolCallDelta[] calls) => CallsAt(0, calls);

    private static ChatDelta CallsAt(int textOffset, params ToolCallDelta[] calls) => new() { TextOffset = textOffset, ToolCalls = calls };

    /// <summary>Checks the events of a complete answer between its first and its last.</summary>
    private static IReadOnlyList<JsonNode> Check(string expected, params ChatDelta[] deltas)
    {
        IReadOnlyList<JsonNode> events = Encoded.Events(Encoded.Complete(ChatWire.AgUI, deltas));
        Assert.Equal("RUN_STARTED", (string?)events[0]["type"]);
        Assert.Equal(expected.ReplaceLineEndings("\n"), Summary(events));
        Assert.Equal("RUN_FINISHED", (string?)events[^1]["type"]);
        return events;
    }

    private static string Summary(IReadOnlyList<JsonNode> events) =>
        string.Join('\n', events.Skip(1).SkipLast(1).Select(e => string.Join(' ', e.AsObject().Select(property => property.Value!.ToString()))));
}
