using System.Text.Json.Nodes;
using LlmStream.AspNetCore.Wires;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Wires;

/// <summary>OpenAI's chunks.</summary>
public class OpenAIWireTests
{
    private const string Head = """{"id":"chatcmpl-message-1","object":"chat.completion.chunk","created":1700000000,"model":"default","choices":[""";

    [Fact]
    public void Text_is_sent_as_OpenAI_sends_it()
    {
        ChatDelta[] deltas =
        [
            .. Encoded.Pieces("你好", " \"a\"\n"),
            new() { TextOffset = 7, FinishReason = ChatFinishReason.Stop },
            new() { TextOffset = 7, Usage = new UsageDetails { InputTokenCount = 3, OutputTokenCount = 2, TotalTokenCount = 5 } },
        ];

        IReadOnlyList<string> data = Encoded.Data(Encoded.Complete(ChatWire.OpenAI, deltas));

        Assert.Equal(
            [
                Head + """{"index":0,"delta":{"role":"assistant","content":"你好"},"finish_reason":null}]}""",
                Head + """{"index":0,"delta":{"content":" \"a\"\n"},"finish_reason":null}]}""",
                Head + """{"index":0,"delta":{},"finish_reason":"stop"}]}""",
                Head + """],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}""",
                "[DONE]",
            ],
            data);
    }

    [Fact]
    public void The_model_and_the_time_are_the_providers_if_it_names_them()
    {
        var stream = new ChatStreamInfo { Id = "resp", Model = "m-2", Created = DateTimeOffset.FromUnixTimeSeconds(5) };
        var resumed = stream with { Attempt = 2, Model = "m-3" };

        IReadOnlyList<JsonNode> events = Encoded.Events(Encoded.Complete(
            ChatWire.OpenAI,
            new ChatDelta { Text = "a", Stream = stream },
            new ChatDelta { Text = "b", TextOffset = 1, Stream = resumed }));

        Assert.All(events, chunk => Assert.Equal("m-2", (string?)chunk["model"]));
        Assert.All(events, chunk => Assert.Equal(5, (int)chunk["created"]!));
        Assert.All(events, chunk => Assert.Equal("chatcmpl-message-1", (string?)chunk["id"]));
    }

    [Fact]
    public void The_model_is_the_requested_one_if_the_provider_names_none()
    {
        string text = Encoded.Text(ChatWire.OpenAI, e => e.Complete(), Encoded.Pieces("a"), Encoded.Context with { Model = "a \"b\"" });

        Assert.All(Encoded.Events(text), chunk => Assert.Equal("a \"b\"", (string?)chunk["model"]));
    }

    [Fact]
    public void Reasoning_and_a_refusal_have_fields_of_their_own()
    {
        IReadOnlyList<JsonNode> deltas = Deltas(Encoded.Complete(
            ChatWire.OpenAI,
            new ChatDelta { Role = ChatRole.Assistant },
            new ChatDelta { Reasoning = "hm" },
            new ChatDelta { Reasoning = "m", ReasoningOffset = 2, Text = "no" },
            new ChatDelta { TextOffset = 2, Refusal = "I can't" }));

        Assert.Equal(
            [
                """{"role":"assistant","reasoning_content":"hm"}""",
                """{"reasoning_content":"m"}""",
                """{"content":"no"}""",
                """{"refusal":"I can't"}""",
                "{}",
            ],
            deltas.Select(delta => delta.ToJsonString(Relaxed)));
    }

    [Fact]
    public void Several_choices_are_told_apart_by_their_index()
    {
        IReadOnlyList<JsonNode> events = Encoded.Events(Encoded.Complete(
            ChatWire.OpenAI,
            new ChatDelta { ChoiceIndex = 1, Text = "b" },
            new ChatDelta { ChoiceIndex = 0, Text = "a" },
            new ChatDelta { ChoiceIndex = 1, TextOffset = 1, FinishReason = ChatFinishReason.Length },
            new ChatDelta { ChoiceIndex = 0, TextOffset = 1, FinishReason = ChatFinishReason.Stop }));

        Assert.Equal([1, 0, 0, 1], events.Select(chunk => (int)chunk["choices"]![0]!["index"]!));
        Assert.Equal("assistant", (string?)events[0]["choices"]![0]!["delta"]!["role"]);
        Assert.Equal("assistant", (string?)events[1]["choices"]![0]!["delta"]!["role"]);
        Assert.Equal("stop", (string?)events[2]["choices"]![0]!["finish_reason"]);
        Assert.Equal("length", (string?)events[3]["choices"]![0]!["finish_reason"]);
    }

    [Fact]
    public void Calls_are_sent_by_fragment()
    {
        IReadOnlyList<JsonNode> deltas = Deltas(Encoded.Complete(
            ChatWire.OpenAI,
            Call(0, "", id: "call_a", name: "f"),
            Call(0, "{\"x\":"),
            Call(1, "{}", id: "call_b", name: "g"),
            Call(0, "1}", offset: 5),
            new ChatDelta { FinishReason = ChatFinishReason.ToolCalls }));

        Assert.Equal(
            [
                """{"role":"assistant","tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"f","arguments":""}}]}""",
                """{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":"}}]}""",
                """{"tool_calls":[{"index":1,"id":"call_b","type":"function","function":{"name":"g","arguments":"{}"}}]}""",
                """{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}""",
                "{}",
            ],
            deltas.Select(delta => delta.ToJsonString(Relaxed)));
    }

    [Fact]
    public void A_call_whose_name_comes_late_is_sent_when_it_is_there()
    {
        IReadOnlyList<JsonNode> deltas = Deltas(Encoded.Complete(
            ChatWire.OpenAI, Call(0, "{", id: "call_a"), Call(0, "}", name: "f", offset: 1), Call(0, " ", offset: 2)));

        Assert.Equal(
            [
                """{"role":"assistant","tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"f","arguments":"{}"}}]}""",
                """{"tool_calls":[{"index":0,"function":{"arguments":" "}}]}""",
                "{}",
            ],
            deltas.Select(delta => delta.ToJsonString(Relaxed)));
    }

    [Fact]
    public void A_call_without_an_id_gets_one()
    {
        IReadOnlyList<JsonNode> deltas = Deltas(Encoded.Complete(ChatWire.OpenAI, Call(0, "{}", name: "f"), Call(1, "{}", name: "g")));

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
            """{"role":"assistant","tool_calls":[{"index":0,"id":"call_a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]}""",
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
    [InlineData("stop", "stop")]
    [InlineData("length", "length")]
    [InlineData("content_filter", "content_filter")]
    [InlineData("tool_calls", "stop")] // there is no call
    [InlineData("eos_token", "stop")]
    [InlineData("MAX_TOKENS", "length")]
    [InlineData("model_context_window_exceeded", "length")]
    [InlineData("SAFETY", "content_filter")]
    [InlineData("refusal", "content_filter")]
    [InlineData("pause_turn", "stop")]
    [InlineData(null, "stop")]
    public void A_finish_reason_is_one_of_OpenAIs(string? reason, string expected)
    {
        var last = new ChatDelta { TextOffset = 1, FinishReason = reason is null ? null : new ChatFinishReason(reason) };

        IReadOnlyList<JsonNode> events = Encoded.Events(Encoded.Complete(ChatWire.OpenAI, [.. Encoded.Pieces("a"), last]));

        Assert.Equal(expected, (string?)events[^1]["choices"]![0]!["finish_reason"]);
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
    public void An_empty_answer_has_a_role_and_a_finish_reason()
    {
        IReadOnlyList<JsonNode> events = Encoded.Events(Encoded.Complete(ChatWire.OpenAI));

        Assert.Equal("""{"role":"assistant","content":""}""", events[0]["choices"]![0]!["delta"]!.ToJsonString());
        Assert.Equal("stop", (string?)events[1]["choices"]![0]!["finish_reason"]);
    }

    [Fact]
    public void Citations_are_sent_in_one_chunk_before_the_finish_reason()
    {
        IReadOnlyList<JsonNode> deltas = Deltas(Encoded.Complete(
            ChatWire.OpenAI,
            Other(Citation(new CitationAnnotation { Url = new Uri("https://a.example/x"), Title = "A", AnnotatedRegions = [new TextSpanAnnotatedRegion { StartIndex = 1, EndIndex = 4 }] })),
            new ChatDelta { Text = "text" },
            new ChatDelta { TextOffset = 4, OtherContents = [Citation(new CitationAnnotation { Url = new Uri("https://b.example/") }), Citation(new CitationAnnotation { FileId = "file-1" })] }));

        Assert.Equal(
            """
            {"annotations":[{"type":"url_citation","url_citation":{"start_index":1,"end_index":4,"title":"A","url":"https://a.example/x"}},{"type":"url_citation","url_citation":{"start_index":0,"end_index":0,"title":"b.example","url":"https://b.example/"}}]}
            """,
            deltas[1].ToJsonString(Relaxed));
        Assert.Equal(3, deltas.Count);
    }

    [Fact]
    public void Images_are_sent_as_OpenRouter_sends_them()
    {
        IReadOnlyList<JsonNode> deltas = Deltas(Encoded.Complete(
            ChatWire.OpenAI,
            Other(new DataContent(new byte[] { 1, 2, 3 }, "image/png")),
            Other(new UriContent("https://a.example/x.png", "image/png"), new DataContent(new byte[] { 1 }, "application/pdf"))));

        Assert.Equal(
            [
                """{"role":"assistant","images":[{"index":0,"type":"image_url","image_url":{"url":"data:image/png;base64,AQID"}}]}""",
                """{"images":[{"index":1,"type":"image_url","image_url":{"url":"https://a.example/x.png"}}]}""",
                "{}",
            ],
            deltas.Select(delta => delta.ToJsonString(Relaxed)));
    }

    [Fact]
    public void Usage_is_sent_only_if_the_client_asked_for_it()
    {
        var usage = new UsageDetails
        {
            InputTokenCount = 10, OutputTokenCount = 7, CachedInputTokenCount = 4, ReasoningTokenCount = 5,
        };
        ChatDelta[] deltas = [new() { Text = "a", Usage = new UsageDetails { InputTokenCount = 1 } }, new() { TextOffset = 1, Usage = usage }];

        IReadOnlyList<JsonNode> asked = Encoded.Events(Encoded.Complete(ChatWire.OpenAI, deltas));
        string notAsked = Encoded.Text(ChatWire.OpenAI, e => e.Complete(), deltas, Encoded.Context with { IncludeUsage = false });

        Assert.Equal(
            """{"prompt_tokens":10,"completion_tokens":7,"total_tokens":17,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":5}}""",
            asked[^1]["usage"]!.ToJsonString());
        Assert.Empty(asked[^1]["choices"]!.AsArray());
        Assert.DoesNotContain("usage", notAsked, StringComparison.Ordinal);
    }

    [Fact]
    public void Usage_that_the_provider_did_not_report_is_not_made_up()
    {
        Assert.DoesNotContain("usage", Encoded.Complete(ChatWire.OpenAI, Encoded.Pieces("a")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_failure_is_an_error_object_without_an_end()
    {
        IReadOnlyList<string> data = Encoded.Data(Encoded.Failed(ChatWire.OpenAI, Encoded.Pieces("a")));

        Assert.Equal("""{"error":{"message":"The answer was cut off.","type":"server_error","code":"truncated"}}""", data[^1]);
        Assert.Equal(2, data.Count);
    }

    [Fact]
    public void A_failure_does_not_send_calls_that_were_held_back()
    {
        string text = Encoded.Failed(ChatWire.OpenAI, Call(0, "{}", id: "call_a", name: "f", isComplete: true));

        Assert.DoesNotContain("tool_calls", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_canceled_answer_is_an_error_object_without_an_end()
    {
        IReadOnlyList<string> data = Encoded.Data(Encoded.Canceled(ChatWire.OpenAI, Encoded.Pieces("a")));

        Assert.Equal("""{"error":{"message":"The answer was cancelled.","type":"cancelled","code":"cancelled"}}""", data[^1]);
        Assert.Equal(2, data.Count);
    }

    [Fact]
    public void Rewritten_text_is_refused()
    {
        Assert.Throws<RewriteNotSupportedException>(() => Encoded.Complete(ChatWire.OpenAI, new ChatDelta { Text = "ab" }, new ChatDelta { Text = "c", TextOffset = 1 }));
        Assert.Throws<RewriteNotSupportedException>(() => Encoded.Complete(ChatWire.OpenAI, new ChatDelta { Reasoning = "ab" }, new ChatDelta { Reasoning = "c" }));
        Assert.Throws<RewriteNotSupportedException>(() => Encoded.Complete(ChatWire.OpenAI, new ChatDelta { Refusal = "ab" }, new ChatDelta { Refusal = "c" }));
        Assert.Throws<RewriteNotSupportedException>(() => Encoded.Complete(ChatWire.OpenAI, Call(0, "{}", name: "f"), Call(0, "[]")));
    }

    [Fact]
    public void A_seam_is_not_visible()
    {
        var seam = new ChatSeam { Attempt = 2, TextOffset = 2, Reason = ChatStreamError.Connection, Kind = ChatSeamKind.Appended };

        string text = Encoded.Complete(
            ChatWire.OpenAI, new ChatDelta { Text = "ab" }, new ChatDelta { Text = "cd", TextOffset = 2, Seam = seam });

        Assert.Equal(["ab", "cd", null], Deltas(text).Select(delta => (string?)delta["content"]));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_replaced()
    {
        string half = "a\ud83d";

        IReadOnlyList<JsonNode> deltas = Deltas(Encoded.Complete(
            ChatWire.OpenAI, new ChatDelta { Reasoning = half }, Call(0, half, id: half, name: half), new ChatDelta { Text = half }));

        Assert.Equal("a\ufffd", (string?)deltas[0]["reasoning_content"]);
        Assert.Equal("a\ufffd", (string?)deltas[1]["tool_calls"]![0]!["function"]!["arguments"]);
        Assert.Equal("a\ufffd", (string?)deltas[2]["content"]);
    }

    [Fact]
    public void A_delta_of_text_allocates_nothing()
    {
        var output = new ResettableOutput();
        using WireEncoder encoder = ChatWire.OpenAI.CreateEncoder(output, Encoded.Context);
        ChatDelta[] deltas = Encoded.Pieces([.. Enumerable.Repeat("word ", 200)]);
        for (int i = 0; i < 100; i++) encoder.Add(deltas[i]);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 100; i < 200; i++) encoder.Add(deltas[i]);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static List<JsonNode> Deltas(string text) =>
        [.. Encoded.Events(text).Where(chunk => chunk["choices"]!.AsArray().Count > 0).Select(chunk => chunk["choices"]![0]!["delta"]!)];

    private static ChatDelta Call(
        int index, string arguments, string? id = null, string? name = null, int offset = 0, bool isComplete = false) => new()
    {
        ToolCalls = [new ToolCallDelta { Index = index, Id = id, Name = name, Arguments = arguments, ArgumentsOffset = offset, IsComplete = isComplete }],
    };

    private static ChatDelta Other(params AIContent[] contents) => new() { OtherContents = contents };

    private static TextContent Citation(CitationAnnotation citation) => new("") { Annotations = [citation] };
}
