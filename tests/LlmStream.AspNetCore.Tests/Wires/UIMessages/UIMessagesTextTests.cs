using LlmStream.AspNetCore.Wires;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Wires.UIMessages;

public class UIMessagesTextTests
{
    [Fact]
    public void A_complete_answer()
    {
        ChatDelta[] deltas =
        [
            .. Encoded.Pieces("Hello, ", "wörld 你好 \"quoted\"\n"),
            new ChatDelta
            {
                TextOffset = 26,
                FinishReason = ChatFinishReason.Stop,
                Usage = new UsageDetails { InputTokenCount = 3, OutputTokenCount = 5, ReasoningTokenCount = 2, CachedInputTokenCount = 1 },
            },
        ];

        Assert.Equal(
            """
            data: {"type":"start","messageId":"message-1"}

            data: {"type":"start-step"}

            data: {"type":"text-start","id":"text-1"}

            data: {"type":"text-delta","id":"text-1","delta":"Hello, "}

            data: {"type":"text-delta","id":"text-1","delta":"wörld 你好 \"quoted\"\n"}

            data: {"type":"text-end","id":"text-1"}

            data: {"type":"finish-step"}

            data: {"type":"finish","finishReason":"stop","messageMetadata":{"usage":{"inputTokens":3,"outputTokens":5,"totalTokens":8,"reasoningTokens":2,"cachedInputTokens":1}}}

            data: [DONE]


            """,
            Encoded.Complete(ChatWire.UIMessages, deltas));
    }

    [Fact]
    public void Text_and_reasoning_alternate()
    {
        Assert.Equal(
            """
            {"type":"reasoning-start","id":"reasoning-1"}
            {"type":"reasoning-delta","id":"reasoning-1","delta":"Hm"}
            {"type":"reasoning-delta","id":"reasoning-1","delta":"m."}
            {"type":"reasoning-end","id":"reasoning-1"}
            {"type":"text-start","id":"text-2"}
            {"type":"text-delta","id":"text-2","delta":"Hi"}
            {"type":"text-end","id":"text-2"}
            {"type":"reasoning-start","id":"reasoning-3"}
            {"type":"reasoning-delta","id":"reasoning-3","delta":"So?"}
            {"type":"reasoning-end","id":"reasoning-3"}
            {"type":"text-start","id":"text-4"}
            {"type":"text-delta","id":"text-4","delta":"!"}
            {"type":"text-end","id":"text-4"}
            """,
            Chunks.Of(
                new ChatDelta { Reasoning = "Hm" },
                new ChatDelta { Reasoning = "m.", ReasoningOffset = 2 },
                new ChatDelta { Text = "Hi" },
                new ChatDelta { Reasoning = "So?", ReasoningOffset = 4, Text = "!", TextOffset = 2 }));
    }

    [Fact]
    public void A_signature_belongs_to_the_reasoning_before_it()
    {
        Assert.Equal(
            """
            {"type":"reasoning-start","id":"reasoning-1"}
            {"type":"reasoning-delta","id":"reasoning-1","delta":"Hm"}
            {"type":"reasoning-end","id":"reasoning-1","providerMetadata":{"llmstream":{"signature":"c2ln+/="}}}
            {"type":"text-start","id":"text-2"}
            {"type":"text-delta","id":"text-2","delta":"Hi"}
            {"type":"text-end","id":"text-2"}
            {"type":"reasoning-start","id":"reasoning-3"}
            {"type":"reasoning-end","id":"reasoning-3","providerMetadata":{"llmstream":{"signature":"of the text"}}}
            {"type":"text-start","id":"text-4"}
            {"type":"text-delta","id":"text-4","delta":"!"}
            {"type":"text-end","id":"text-4"}
            """,
            Chunks.Of(
                new ChatDelta { Reasoning = "Hm" },
                new ChatDelta { OtherContents = [new TextReasoningContent("") { ProtectedData = "c2ln+/=" }] },
                new ChatDelta { Text = "Hi", OtherContents = [new TextReasoningContent("") { ProtectedData = "of the text" }] },
                new ChatDelta { Text = "!", TextOffset = 2 }));
    }

    [Fact]
    public void A_refusal_is_shown_as_text()
    {
        Assert.Equal(
            """
            {"type":"text-start","id":"text-1"}
            {"type":"text-delta","id":"text-1","delta":"Well"}
            {"type":"text-end","id":"text-1"}
            {"type":"text-start","id":"text-2"}
            {"type":"text-delta","id":"text-2","delta":"I can"}
            {"type":"text-delta","id":"text-2","delta":"not."}
            {"type":"text-end","id":"text-2"}
            """,
            Chunks.Of(
                new ChatDelta { Text = "Well" },
                new ChatDelta { TextOffset = 4, Refusal = "I can" },
                new ChatDelta { TextOffset = 4, Refusal = "not.", RefusalOffset = 5 }));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_replaced()
    {
        string text = Encoded.Complete(ChatWire.UIMessages, Encoded.Pieces("a\uD83D", "b"));

        Assert.Equal("a\uFFFDb", Chunks.TextOf(text));
    }

    [Fact]
    public void Only_the_first_choice_is_sent()
    {
        Assert.Equal(
            """
            {"type":"text-start","id":"text-1"}
            {"type":"text-delta","id":"text-1","delta":"first"}
            {"type":"text-end","id":"text-1"}
            """,
            Chunks.Of(
                new ChatDelta { Text = "first" },
                new ChatDelta { ChoiceIndex = 1, Text = "second", FinishReason = ChatFinishReason.Length }));
    }

    [Fact]
    public void An_empty_answer()
    {
        Assert.Equal("", Chunks.Of());
    }

    [Theory]
    [InlineData("stop", "stop")]
    [InlineData("length", "length")]
    [InlineData("content_filter", "content-filter")]
    [InlineData("tool_calls", "tool-calls")]
    [InlineData("error", "error")]
    [InlineData("eos_token", "other")]
    public void A_finish_reason_is_one_that_clients_know(string reason, string expected)
    {
        string text = Encoded.Complete(ChatWire.UIMessages, new ChatDelta { FinishReason = new ChatFinishReason(reason) });

        Assert.Equal(
            "",
            Chunks.Between(text, "{\"type\":\"finish-step\"}\n{\"type\":\"finish\",\"finishReason\":\"" + expected + "\"}\n[DONE]"));
    }

    [Fact]
    public void Text_may_follow_a_finish_reason_and_the_last_one_counts()
    {
        string text = Encoded.Complete(
            ChatWire.UIMessages,
            new ChatDelta { Text = "a", FinishReason = ChatFinishReason.Stop },
            new ChatDelta { Text = "b", TextOffset = 1, FinishReason = ChatFinishReason.Length });

        Assert.Equal("ab", Chunks.TextOf(text));
        Assert.Single(Encoded.Events(text), chunk => Chunks.TypeOf(chunk) == "text-start");
        Assert.Equal("length", (string?)Encoded.Events(text)[^1]["finishReason"]);
    }

    [Fact]
    public void The_usage_of_all_attempts_is_added_up()
    {
        string text = Encoded.Complete(
            ChatWire.UIMessages,
            new ChatDelta { Usage = new UsageDetails { InputTokenCount = 10 }, Stream = new ChatStreamInfo { Attempt = 1 } },
            new ChatDelta { Usage = new UsageDetails { InputTokenCount = 10, OutputTokenCount = 2 }, Stream = new ChatStreamInfo { Attempt = 1 } },
            new ChatDelta
            {
                Usage = new UsageDetails { InputTokenCount = 12, OutputTokenCount = 5, TotalTokenCount = 17 },
                Stream = new ChatStreamInfo { Attempt = 2 },
            });

        Assert.Equal(
            """{"usage":{"inputTokens":22,"outputTokens":7,"totalTokens":29}}""", Encoded.Events(text)[^1]["messageMetadata"]!.ToJsonString());
    }

    [Fact]
    public void A_failed_answer_ends_with_an_error_and_without_finish()
    {
        Assert.Equal(
            """
            {"type":"text-start","id":"text-1"}
            {"type":"text-delta","id":"text-1","delta":"Hel"}
            """,
            Chunks.Between(Encoded.Failed(ChatWire.UIMessages, Encoded.Pieces("Hel")), """
            {"type":"error","errorText":"The answer was cut off."}
            [DONE]
            """));
    }

    [Fact]
    public void A_canceled_answer_ends_with_abort()
    {
        string text = Encoded.Canceled(
            ChatWire.UIMessages,
            new ChatDelta { Text = "Hel" },
            new ChatDelta { TextOffset = 3, Usage = new UsageDetails { OutputTokenCount = 1 } });

        Assert.Equal(
            """
            {"type":"text-start","id":"text-1"}
            {"type":"text-delta","id":"text-1","delta":"Hel"}
            {"type":"message-metadata","messageMetadata":{"usage":{"outputTokens":1}}}
            """,
            Chunks.Between(text, """
            {"type":"abort"}
            [DONE]
            """));
    }
}
