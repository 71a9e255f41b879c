using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class OpenAIDecoderTests
{
    [Theory]
    [InlineData("""{"index":1,"delta":{"content":"a"}}""", "1 a")]
    [InlineData("""{"delta":{"content":"a"},"index":1}""", "1 a")] // the index comes last
    [InlineData("""{"index":-1,"delta":{"content":"a"}}""", "0 a")]
    [InlineData("""{"delta":{"content":"a"},"message":{"content":"b"}}""", "0 a")]
    [InlineData("""{"delta":null,"message":{"content":"b"}}""", "0 b")]
    [InlineData("""{"delta":{},"message":{"content":"b"}}""", "")] // an empty delta is one
    [InlineData("""{"text":"c"}""", "0 c")]
    [InlineData("""{"message":{},"text":"c"}""", "")]
    [InlineData("""{"delta":"a"}""", "")]
    [InlineData("[1]", "")]
    public void A_choice_is_read_from_its_delta_or_its_message(string choice, string expected) =>
        Assert.Equal(expected, string.Join('|', new EventFeed(ChatDialect.OpenAI).Send($$"""{"choices":[{{choice}}]}""")
            .Select(delta => $"{delta.ChoiceIndex} {delta.Text}")));

    [Theory]
    [InlineData("""{"choices":[{"delta":{}}]}""", true, 0)]
    [InlineData("""{"choices":[1]}""", true, 0)] // not an object, but not empty either
    [InlineData("""{"choices":[]}""", true, 1)]
    [InlineData("""{"choices":null}""", true, 1)]
    [InlineData("""{"choices":[],"usage":{"total_tokens":1}}""", true, 0)]
    [InlineData("""{"usage":{"total_tokens":1}}""", false, 0)] // other formats have it too
    [InlineData("""{"x_groq":{"id":"r","usage":{"total_tokens":1}}}""", false, 0)]
    [InlineData("""{"response":"a"}""", true, 0)]
    [InlineData("""{"final_result":{"choices":[{"delta":{}}]}}""", true, 0)]
    [InlineData("""{"usage":{}}""", false, 0)]
    [InlineData("""{"object":"x"}""", false, 0)]
    public void An_object_with_choices_is_a_chunk(string json, bool isUnderstood, int withoutChoices)
    {
        EventFeed feed = new(ChatDialect.OpenAI, isObserved: true);
        feed.Send(json);
        Assert.Equal((isUnderstood, withoutChoices), (feed.Decoder.HasUnderstood, feed.Statistics.EventsWithoutChoices));
    }

    [Theory]
    [InlineData("""{"choices":[],"error":"no"}""", "no")]
    [InlineData("""{"choices":[],"error":null}""", null)]
    [InlineData("""{"choices":[],"code":500,"message":"m"}""", "m")]
    [InlineData("""{"choices":[{"delta":{"content":""}}],"code":500,"message":"m"}""", "m")]
    [InlineData("""{"choices":[{"delta":{"role":"assistant","content":""}}],"code":500,"message":"m"}""", "m")]
    [InlineData("""{"choices":[{"delta":{"content":"a"}}],"code":500,"message":"m"}""", null)] // beside an answer, they may be anything
    [InlineData("""{"code":500,"message":"m"}""", "m")]
    [InlineData("""{"detail":"m"}""", "m")]
    public void An_error_is_told_apart_from_other_fields(string json, string? message) =>
        Assert.Equal(message, new EventFeed(ChatDialect.OpenAI).SendAll(json).Decoder.Fault?.Message);

    [Theory]
    [InlineData("[DONE]")]
    [InlineData("\"[DONE]\"")] // serialized as the events are
    public void The_marker_completes_an_answer_without_a_finish_reason(string marker)
    {
        EventFeed feed = new EventFeed(ChatDialect.OpenAI).SendAll("""{"choices":{"index":0,"delta":{"content":"a"}}}""", marker);
        Assert.True(feed.Decoder.IsComplete);
        Assert.Equal("a", feed.Result.Text); // also if the choice is not in a list
    }

    [Theory]
    [InlineData("stop", "error", "error")] // a gateway may report the failure of the provider behind it as a success
    [InlineData("stop", "MALFORMED_FUNCTION_CALL", "MALFORMED_FUNCTION_CALL")]
    [InlineData("error", "network_error", "error")]
    [InlineData("stop", "end_turn", null)]
    [InlineData("stop", "eos", null)]
    [InlineData("stop", " ", null)]
    public void The_finish_reason_of_the_provider_behind_a_gateway_may_be_a_failure(string finish, string native, string? code)
    {
        EventFeed feed = new EventFeed(ChatDialect.OpenAI).SendAll(
            $$"""{"choices":[{"delta":{"content":"a"},"finish_reason":"{{finish}}","native_finish_reason":"{{native}}"}]}""");
        feed.End();
        Assert.Equal(("a", code), (feed.Result.Text, feed.Decoder.Fault?.Code));
    }

    [Fact]
    public void Unknown_fields_are_reported_with_their_path()
    {
        EventFeed feed = new(ChatDialect.OpenAI, isObserved: true);
        feed.SendAll("""{"object":"o","new":1,"choices":[{"seed":1,"newer":{"a":1},"delta":{"audio":null,"newest":[]}}]}""");
        Assert.Equal(["choices[].newer", "delta.newest", "new"], feed.Statistics.UnknownFields.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("""{"content":[{"type":"text","text":"a"},"b",{"type":"image","text":1}]}""", "ab", "")]
    [InlineData("""{"content":[{"type":"thinking","thinking":[{"type":"text","text":"a"},"b"]},{"type":"text","text":"c"}]}""", "c", "ab")]
    [InlineData("""{"content":[{"type":"thinking","text":"a"},{"thinking":"b"},{"reasoning":"c"},{"thinking":{}}]}""", "", "abc")]
    [InlineData("""{"content":{"text":"a"}}""", "a", "")] // one part without a list
    [InlineData("""{"content":{"type":"thinking","thinking":"a"}}""", "", "a")]
    [InlineData("""{"content":{}}""", "", "")]
    [InlineData("""{"content":[{"type":"text","text":{"value":"a","annotations":[]}},{"type":"text","content":"b"}]}""", "ab", "")]
    [InlineData("""{"content":[{"type":"text","text":null,"content":"a"},{"type":"text"}]}""", "a", "")]
    [InlineData("""{"content":[{"type":"reasoning_content","reasoning_content":"a"},{"type":"reasoning_text","text":"b"}]}""", "", "ab")]
    [InlineData("""{"reasoning_details":{"type":"reasoning.text","text":"a"}}""", "", "a")]
    [InlineData("""{"reasoning_details":"a","reasoning":"a"}""", "", "a")]
    [InlineData("""{"reasoning":"a","thinking_blocks":{"type":"thinking","thinking":"a"}}""", "", "a")]
    [InlineData("""{"reasoning":"a","reasoning_content":"a"}""", "", "a")] // the same under two names
    [InlineData("""{"reasoning":"","reasoning_content":"a"}""", "", "a")]
    [InlineData("""{"reasoning":{"x":1},"thinking":"a"}""", "", "a")]
    [InlineData("""{"reasoning_details":[{"type":"reasoning.text","text":"a"},{"summary":"b"},1],"reasoning":"ab"}""", "", "ab")]
    [InlineData("""{"reasoning":"ab","reasoning_details":[{"type":"reasoning.text","text":"ab"}]}""", "", "ab")]
    [InlineData("""{"content":"a","reasoning":"b","x":{"content":"c"}}""", "a", "b")]
    public void The_text_and_the_reasoning_of_a_message_have_many_forms(string message, string text, string reasoning)
    {
        // MessageReader reads all of them.
        foreach (string name in new[] { "delta", "message" })
        {
            ChatStreamResult result = new EventFeed(ChatDialect.OpenAI).SendAll($$"""{"choices":[{"{{name}}":{{message}}}]}""").Result;
            Assert.Equal((text, reasoning), (result.Text, result.Choices[0].Reasoning));
        }
    }

    [Theory]
    [InlineData("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}},{"index":1,"id":"b","function":{"name":"g"}}]}""", "a f {}|b g ")]
    [InlineData("""{"tool_calls":[{"index":"0","id":"a","custom":{"name":"f","input":"x"}},3]}""", "a f x")]
    [InlineData("""{"tool_calls":{"id":"a"}}""", "")]
    [InlineData("""{"tool_calls":{"id":"a","function":{"name":"f","arguments":{"x":1}}}}""", "a f {\"x\":1}")]
    [InlineData("""{"function_call":{"name":"f","arguments":"{}"}}""", " f {}")]
    [InlineData("""{"function_call":null}""", "")]
    public void Tool_calls_are_read(string message, string calls)
    {
        EventFeed feed = new EventFeed(ChatDialect.OpenAI).SendAll($$"""{"choices":[{"delta":{{message}}}]}""");
        feed.End();
        Assert.Equal(calls, string.Join('|', feed.Result.Choices[0].ToolCalls.Select(call => $"{call.Id} {call.Name} {call.Arguments}")));
    }

    [Fact]
    public void A_role_and_a_refusal_are_read()
    {
        ChatDelta delta = Assert.Single(new EventFeed(ChatDialect.OpenAI).Send("""{"choices":[{"delta":{"role":"assistant","refusal":"no","content":""}}]}"""));
        Assert.Equal((ChatRole.Assistant, "no"), (delta.Role, delta.Refusal));
    }

    [Fact]
    public void A_complete_message_does_not_repeat_the_contents_of_its_deltas()
    {
        const string Message = """{"content":"a","extra_content":{"x":1},"reasoning_details":[{"data":"d"}]}""";
        EventFeed feed = new(ChatDialect.OpenAI);
        Assert.Equal(2, Assert.Single(feed.Send($$"""{"choices":[{"delta":{{Message}}}]}""")).OtherContents.Count);
        Assert.Empty(feed.Send($$"""{"choices":[{"message":{{Message}}}]}"""));
    }
}
