using LlmStream.AspNetCore.Wires;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Wires;

/// <summary>Plain JSON events, in the shape that many tutorials use.</summary>
public class JsonWireTests
{
    [Fact]
    public void A_complete_answer_has_contents_and_an_end_with_its_tokens()
    {
        ChatDelta[] deltas =
        [
            new() { Role = ChatRole.Assistant },
            .. Encoded.Pieces("你好", ",", "world"),
            new() { TextOffset = 8, FinishReason = ChatFinishReason.Stop },
            new() { TextOffset = 8, Usage = new UsageDetails { InputTokenCount = 9, OutputTokenCount = 3 } },
        ];

        Assert.Equal(
            """
            data: {"content":"你好"}

            data: {"content":","}

            data: {"content":"world"}

            data: {"done":true,"tokens":3}


            """.ReplaceLineEndings("\n"),
            Encoded.Complete(ChatWire.Json, deltas));
    }

    [Fact]
    public void A_failure_is_an_error_without_an_end()
    {
        Assert.Equal(
            ["""{"content":"a"}""", """{"error":"The answer was cut off."}"""],
            Encoded.Data(Encoded.Failed(ChatWire.Json, Encoded.Pieces("a"))));
    }

    [Fact]
    public void A_canceled_answer_is_an_error_without_an_end()
    {
        Assert.Equal(
            ["""{"content":"a"}""", """{"error":"cancelled"}"""], Encoded.Data(Encoded.Canceled(ChatWire.Json, Encoded.Pieces("a"))));
    }

    [Fact]
    public void Tokens_are_left_out_if_the_provider_reported_none()
    {
        Assert.Equal(["""{"done":true}"""], Encoded.Data(Encoded.Complete(ChatWire.Json)));
    }

    [Fact]
    public void A_finish_reason_that_is_not_stop_is_sent()
    {
        Assert.Equal(
            ["""{"done":true,"finish_reason":"length"}"""],
            Encoded.Data(Encoded.Complete(ChatWire.Json, new ChatDelta { FinishReason = ChatFinishReason.Length })));
    }

    [Fact]
    public void Reasoning_has_an_event_of_its_own_and_a_refusal_is_content()
    {
        Assert.Equal(
            ["""{"reasoning":"hm"}""", """{"content":"no"}""", """{"content":"I can't"}""", """{"done":true}"""],
            Encoded.Data(Encoded.Complete(
                ChatWire.Json,
                new ChatDelta { Reasoning = "hm", Text = "no" },
                new ChatDelta { TextOffset = 2, Refusal = "I can't" })));
    }

    [Fact]
    public void Calls_and_other_choices_are_left_out()
    {
        Assert.Equal(
            ["""{"done":true}"""],
            Encoded.Data(Encoded.Complete(
                ChatWire.Json,
                new ChatDelta { ChoiceIndex = 1, Text = "b" },
                new ChatDelta { ToolCalls = [new ToolCallDelta { Id = "a", Name = "f", Arguments = "{}" }] },
                new ChatDelta { OtherContents = [new FunctionResultContent("a", "1")] })));
    }

    [Fact]
    public void Rewritten_text_is_refused()
    {
        Assert.Throws<RewriteNotSupportedException>(
            () => Encoded.Complete(ChatWire.Json, new ChatDelta { Text = "ab" }, new ChatDelta { Text = "c", TextOffset = 1 }));
    }

    [Fact]
    public void Text_is_on_one_line_and_can_be_any()
    {
        string text = string.Concat(Enumerable.Range(0, 0x3000).Select(c => (char)c)) + "\u2028\u2029\ud83d\ude00";

        string read = string.Concat(
            Encoded.Events(Encoded.Complete(ChatWire.Json, new ChatDelta { Text = text })).Select(e => (string?)e["content"]));

        Assert.Equal(text, read);
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_replaced()
    {
        Assert.Equal(
            "a\ufffd", (string?)Encoded.Events(Encoded.Complete(ChatWire.Json, new ChatDelta { Text = "a\ud83d" }))[0]["content"]);
    }

    [Fact]
    public void A_delta_of_text_allocates_nothing()
    {
        using WireEncoder encoder = ChatWire.Json.CreateEncoder(new ResettableOutput(), Encoded.Context);
        ChatDelta[] deltas = Encoded.Pieces([.. Enumerable.Repeat("word ", 200)]);
        for (int i = 0; i < 100; i++) encoder.Add(deltas[i]);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 100; i < 200; i++) encoder.Add(deltas[i]);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
