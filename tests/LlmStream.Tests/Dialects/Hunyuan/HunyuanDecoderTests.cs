namespace LlmStream.Tests.Dialects;

public class HunyuanDecoderTests
{
    [Theory]
    [InlineData("""{"Choices":[{"Delta":{"Role":"assistant","Content":"a","ReasoningContent":"r"},"FinishReason":""}]}""", "0 a r ")]
    [InlineData("""{"Choices":[{"FinishReason":"stop","Message":{"Content":"a"},"Index":2}]}""", "2 a  stop")]
    [InlineData("""{"Choices":[{"Delta":null},{"Delta":[]},3],"Usage":null}""", "")]
    [InlineData("""{"Choices":{},"Id":"i","Created":5}""", "")]
    public void A_choice_is_read_from_its_delta_or_its_message(string json, string expected)
    {
        EventFeed feed = new(ChatDialect.Hunyuan);
        Assert.Equal(expected, string.Join('|', feed.Send(json).Select(delta => $"{delta.ChoiceIndex} {delta.Text} {delta.Reasoning} {delta.FinishReason}")));
        Assert.True(feed.Decoder.HasUnderstood);
    }

    [Fact]
    public void Calls_are_identified_by_their_id()
    {
        // The index is 0 for every call.
        ChatStreamResult result = new EventFeed(ChatDialect.Hunyuan).SendAll(
            """{"Choices":[{"Delta":{"ToolCalls":[{"Index":0,"Id":"a","Function":{"Name":"f","Arguments":"{"}},{"Index":0,"Id":"b","Function":{"Name":"g","Arguments":"["}}]}}]}""",
            """{"Choices":[{"Delta":{"ToolCalls":[{"Index":0,"Id":"a","Function":{"Arguments":"}"}},{"Index":0,"Id":"b","Function":{"Arguments":"]"}},{"Id":"a","Function":1}]}}]}""").Result;
        Assert.Equal(["a f {}", "b g []"], result.Choices[0].ToolCalls.Select(call => $"{call.Id} {call.Name} {call.Arguments}"));
    }

    [Theory]
    [InlineData("""{"Choices":[],"ErrorMsg":{"Msg":"m","Code":2003}}""", "2003")]
    [InlineData("""{"Response":{"Error":{"Code":"c","Message":"m"}}}""", "c")]
    [InlineData("""{"code":"c","message":"m"}""", "c")]
    [InlineData("""{"Choices":[],"code":"c","message":"m"}""", "c")]
    [InlineData("""{"Choices":[],"ErrorMsg":{"Msg":"","Code":0}}""", null)]
    [InlineData("""{"Choices":[{"Delta":{"Content":"a"}}],"code":"c","message":"m"}""", null)]
    public void Errors_have_several_forms(string json, string? code) =>
        Assert.Equal(code, new EventFeed(ChatDialect.Hunyuan).SendAll(json).Decoder.Fault?.Code);

    [Fact]
    public void An_answer_is_complete_with_a_finish_reason_or_the_end_marker()
    {
        EventFeed feed = new EventFeed(ChatDialect.Hunyuan).SendAll("""{"Choices":[{"Delta":{"Content":"a"}}]}""");
        Assert.False(feed.Decoder.IsComplete);
        Assert.True(feed.SendAll("[DONE]").Decoder.IsComplete);
        Assert.True(new EventFeed(ChatDialect.Hunyuan).SendAll("""{"Choices":[{"FinishReason":"stop"}]}""").Decoder.IsComplete);
    }

    [Fact]
    public void Unknown_fields_are_reported_with_their_path()
    {
        EventFeed feed = new(ChatDialect.Hunyuan, isObserved: true);
        feed.SendAll("""{"Note":"n","New":1,"Choices":[{"Moderation":1,"Newer":1,"Delta":{"GroupId":1,"Newest":1}}]}""");
        Assert.Equal(["Choices[].Delta.Newest", "Choices[].Newer", "New"], feed.Statistics.UnknownFields.Keys.Order(StringComparer.Ordinal));
    }
}
