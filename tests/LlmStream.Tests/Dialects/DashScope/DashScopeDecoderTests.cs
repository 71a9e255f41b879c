namespace LlmStream.Tests.Dialects;

public class DashScopeDecoderTests
{
    [Theory]
    [InlineData("""{"output":{"text":"a","finish_reason":"null"}}""", "0 a ")]
    [InlineData("""{"output":{"finish_reason":"stop","text":"a"}}""", "0 a stop")]
    [InlineData("""{"output":{"message":{"content":"a"}}}""", "0 a ")]
    [InlineData("""{"output":{"choices":[{"message":{"content":"a"},"finish_reason":"null"},1,{"finish_reason":"length","index":1}]}}""", "0 a |1  length")]
    [InlineData("""{"output":{"choices":[{"message":null},{"message":"a"}]}}""", "")]
    [InlineData("""{"output":{"choices":null,"text":1,"message":2}}""", "")]
    public void An_output_has_a_text_a_message_or_choices(string json, string expected) =>
        Assert.Equal(expected, string.Join('|', new EventFeed(ChatDialect.DashScope).Send(json)
            .Select(delta => $"{delta.ChoiceIndex} {delta.Text} {delta.FinishReason}")));

    [Theory]
    [InlineData("""{"output":{}}""", true, null)]
    [InlineData("""{"output":{},"code":"","message":""}""", true, null)]
    [InlineData("""{"output":{},"error":null}""", true, null)]
    [InlineData("""{"output":{},"code":"Throttling","message":"m"}""", true, "Throttling")]
    [InlineData("""{"code":"Throttling","message":"m","request_id":"r"}""", false, "Throttling")]
    [InlineData("""{"output":null}""", false, null)]
    [InlineData("""{"output":{},"code":1,"error":{"code":"c","message":"m"}}""", true, "c")]
    public void A_code_that_is_not_empty_is_an_error(string json, bool isUnderstood, string? code)
    {
        EventFeed feed = new EventFeed(ChatDialect.DashScope).SendAll(json);
        Assert.Equal((isUnderstood, code), (feed.Decoder.HasUnderstood, feed.Decoder.Fault?.Code));
    }

    [Fact]
    public void An_end_marker_does_not_complete_an_answer_without_a_finish_reason()
    {
        EventFeed feed = new EventFeed(ChatDialect.DashScope).SendAll("""{"output":{"text":"a"}}""");
        Assert.False(feed.Decoder.IsComplete);
        feed.Send("[DONE]");
        Assert.True(feed.Decoder.IsDone);
        Assert.False(feed.Decoder.IsComplete);
        Assert.Null(feed.Decoder.Malformed);
        Assert.True(new EventFeed(ChatDialect.DashScope).SendAll("""{"output":{"text":"a","finish_reason":"stop"}}""").Decoder.IsComplete);
    }

    [Fact]
    public void Unknown_fields_are_reported_with_their_path()
    {
        EventFeed feed = new(ChatDialect.DashScope, isObserved: true);
        feed.SendAll("""{"new":1,"message":"","output":{"audio":1,"newer":1,"choices":[{"logprobs":1,"newest":1}]}}""");
        Assert.Equal(["new", "output.choices[].newest", "output.newer"], feed.Statistics.UnknownFields.Keys.Order(StringComparer.Ordinal));
    }
}
