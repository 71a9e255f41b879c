using System.Text.Json.Nodes;
using LlmStream.AspNetCore.Wires;
using Microsoft.Extensions.AI;
using static LlmStream.AspNetCore.Tests.Wires.OpenAI.OpenAIChunks;

namespace LlmStream.AspNetCore.Tests.Wires.OpenAI;

/// <summary>OpenAI's chunks, except those of tool calls.</summary>
public class OpenAIWireTests
{
    private const string Head =
        """{"id":"chatcmpl-message-1","object":"chat.completion.chunk","created":1700000000,"model":"default","choices":[""";

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
        var stream = new ChatStreamInfo { Id = "resp", Model = "m-2", CreatedAt = DateTimeOffset.FromUnixTimeSeconds(5) };
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
        IEnumerable<string> deltas = Texts(Encoded.Complete(
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
            deltas);
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
        var span = new TextSpanAnnotatedRegion { StartIndex = 1, EndIndex = 4 };
        var first = new CitationAnnotation { Url = new Uri("https://a.example/x"), Title = "A", AnnotatedRegions = [span] };
        var second = new CitationAnnotation { Url = new Uri("https://b.example/") };

        IReadOnlyList<JsonNode> deltas = Deltas(Encoded.Complete(
            ChatWire.OpenAI,
            Other(Citation(first)),
            new ChatDelta { Text = "text" },
            new ChatDelta { TextOffset = 4, OtherContents = [Citation(second), Citation(new CitationAnnotation { FileId = "file-1" })] }));

        JsonArray annotations = deltas[1]["annotations"]!.AsArray();
        Assert.Equal(
            """{"start_index":1,"end_index":4,"title":"A","url":"https://a.example/x"}""",
            annotations[0]!["url_citation"]!.ToJsonString());
        Assert.Equal(
            """{"start_index":0,"end_index":0,"title":"b.example","url":"https://b.example/"}""",
            annotations[1]!["url_citation"]!.ToJsonString());
        Assert.All(annotations, annotation => Assert.Equal("url_citation", (string?)annotation!["type"]));
        Assert.Equal(2, annotations.Count);
        Assert.Equal(3, deltas.Count);
    }

    [Fact]
    public void Images_are_sent_as_OpenRouter_sends_them()
    {
        IEnumerable<string> deltas = Texts(Encoded.Complete(
            ChatWire.OpenAI,
            Other(new DataContent(new byte[] { 1, 2, 3 }, "image/png")),
            Other(new UriContent("https://a.example/x.png", "image/png"), new DataContent(new byte[] { 1 }, "application/pdf"))));

        Assert.Equal(
            [
                """{"role":"assistant","images":[{"index":0,"type":"image_url","image_url":{"url":"data:image/png;base64,AQID"}}]}""",
                """{"images":[{"index":1,"type":"image_url","image_url":{"url":"https://a.example/x.png"}}]}""",
                "{}",
            ],
            deltas);
    }

    [Fact]
    public void Usage_is_sent_only_if_the_client_asked_for_it()
    {
        var usage = new UsageDetails
        {
            InputTokenCount = 10, OutputTokenCount = 7, CachedInputTokenCount = 4, ReasoningTokenCount = 5,
        };
        var earlier = new UsageDetails { InputTokenCount = 1 };
        ChatDelta[] deltas = [new() { Text = "a", Usage = earlier }, new() { TextOffset = 1, Usage = usage }];

        IReadOnlyList<JsonNode> asked = Encoded.Events(Encoded.Complete(ChatWire.OpenAI, deltas));
        string notAsked = Encoded.Text(ChatWire.OpenAI, e => e.Complete(), deltas, Encoded.Context with { IncludeUsage = false });

        Assert.Equal(
            """{"prompt_tokens":10,"completion_tokens":7,"total_tokens":17,"prompt_tokens_details":{"cached_tokens":4}"""
            + ""","completion_tokens_details":{"reasoning_tokens":5}}""",
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
    public void A_canceled_answer_is_an_error_object_without_an_end()
    {
        IReadOnlyList<string> data = Encoded.Data(Encoded.Canceled(ChatWire.OpenAI, Encoded.Pieces("a")));

        Assert.Equal("""{"error":{"message":"The answer was cancelled.","type":"cancelled","code":"cancelled"}}""", data[^1]);
        Assert.Equal(2, data.Count);
    }

    [Fact]
    public void Rewritten_text_is_refused()
    {
        AssertRefused(new ChatDelta { Text = "ab" }, new ChatDelta { Text = "c", TextOffset = 1 });
        AssertRefused(new ChatDelta { Text = "ab" }, new ChatDelta { TextOffset = 1 });
        AssertRefused(new ChatDelta { Reasoning = "ab" }, new ChatDelta { Reasoning = "c" });
        AssertRefused(new ChatDelta { Refusal = "ab" }, new ChatDelta { Refusal = "c" });
        AssertRefused(Call(0, "{}", name: "f"), Call(0, "[]"));

        static void AssertRefused(ChatDelta first, ChatDelta second) =>
            Assert.Throws<RewriteNotSupportedException>(() => Encoded.Complete(ChatWire.OpenAI, first, second));
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
            ChatWire.OpenAI,
            new ChatDelta { Reasoning = half },
            Call(0, half, id: half, name: half),
            new ChatDelta { Text = half }));

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

    private static ChatDelta Other(params AIContent[] contents) => new() { OtherContents = contents };

    private static TextContent Citation(CitationAnnotation citation) => new("") { Annotations = [citation] };
}
