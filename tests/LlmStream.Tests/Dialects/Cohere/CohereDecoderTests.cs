using LlmStream.Answers;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

public class CohereDecoderTests
{
    [Theory]
    [InlineData("""{"delta":{"message":{"content":{"text":"a"}}},"type":"content-delta"}""", "a", "")] // the type may come last
    [InlineData("""{"type":"content-delta","delta":{"message":{"content":{"thinking":"t"}}}}""", "", "t")]
    [InlineData("""{"type":"content-start","delta":{"message":{"content":{"type":"thinking","text":"t"}}}}""", "", "t")]
    [InlineData("""{"type":"content-start","delta":{"message":{"content":{"text":"a","type":"thinking"}}}}""", "a", "")]
    [InlineData("""{"type":"content-delta","delta":{"message":{"content":"a"}}}""", "a", "")]
    [InlineData("""{"type":"content-delta","delta":{"message":{"content":[{"type":"text","text":"a"},1,{"thinking":"t"}]}}}""", "a", "t")]
    [InlineData("""{"type":"content-delta","delta":{"message":{"content":{"text":1,"thinking":null,"x":{}}}}}""", "", "")]
    [InlineData("""{"type":"content-delta","delta":{"message":1}}""", "", "")]
    [InlineData("""{"type":"content-delta","delta":null}""", "", "")]
    [InlineData("""{"type":"content-delta"}""", "", "")]
    [InlineData("""{"event_type":"text-generation","text":"a"}""", "a", "")]
    [InlineData("""{"event_type":"text-generation","text":null}""", "", "")]
    public void A_piece_of_text_is_read(string json, string text, string reasoning)
    {
        EventFeed feed = new(ChatDialect.Cohere);
        List<ChatDelta> deltas = feed.Send(json);
        Assert.Equal((text, reasoning), (string.Concat(deltas.Select(delta => delta.Text)), string.Concat(deltas.Select(delta => delta.Reasoning))));
        Assert.True(feed.Decoder.HasUnderstood);
    }

    [Fact]
    public void The_plan_is_emitted_before_what_follows_it()
    {
        EventFeed feed = new(ChatDialect.Cohere);
        Assert.Empty(feed.Send("""{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I "}}}"""));
        Assert.Empty(feed.Send("""{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"will."}}}"""));
        ChatDelta delta = Assert.Single(feed.Send("""{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c","function":{"name":"f","arguments":""}}}}}"""));
        Assert.Equal("I will.", (string?)ProviderContent.Read("cohere", Assert.Single(delta.OtherContents))!["tool_plan"]);
        Assert.Equal("c", Assert.Single(delta.ToolCalls).Id);
    }

    [Fact]
    public void A_plan_is_emitted_at_the_end_of_a_stream_that_was_cut()
    {
        EventFeed feed = new EventFeed(ChatDialect.Cohere).SendAll("""{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I "}}}""");
        Assert.Single(Assert.Single(feed.End()).OtherContents);
        Assert.False(feed.Decoder.IsComplete);
    }

    [Theory]
    [InlineData(9, true)]
    [InlineData(10, true)]
    [InlineData(11, false)]
    public void The_length_of_a_plan_is_limited(int length, bool fits)
    {
        EventFeed feed = new(ChatDialect.Cohere, options: new ChatReadOptions { MaxAnswerCharacters = 10 });
        string json = """{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"?"}}}""".Replace("?", new string('x', length), StringComparison.Ordinal);
        if (fits) feed.Send(json);
        else Assert.Throws<AnswerTooLargeException>(() => feed.Send(json));
    }

    [Fact]
    public void A_call_is_complete_when_it_ends()
    {
        EventFeed feed = new EventFeed(ChatDialect.Cohere).SendAll(
            """{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"c","function":{"name":"f","arguments":""}}}}}""",
            """{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"{}"}}}}}""");
        Assert.Empty(feed.Send("""{"type":"tool-call-end","index":1}"""));
        Assert.True(Assert.Single(Assert.Single(feed.Send("""{"type":"tool-call-end","index":0}""")).ToolCalls).IsComplete);
        Assert.Empty(feed.Send("""{"type":"tool-call-end","index":0}"""));
        Assert.Equal("{}", Assert.Single(feed.Result.Choices[0].ToolCalls).Arguments);
    }

    [Fact]
    public void Calls_of_version_1_that_came_in_pieces_are_not_repeated()
    {
        EventFeed feed = new EventFeed(ChatDialect.Cohere).SendAll(
            """{"event_type":"tool-calls-chunk","text":"I will."}""",
            """{"event_type":"tool-calls-chunk","tool_call_delta":{"name":"f","index":0}}""",
            """{"event_type":"tool-calls-chunk","tool_call_delta":{"parameters":"{}","index":0}}""",
            """{"event_type":"tool-calls-chunk","tool_call_delta":{"index":5}}""",
            """{"event_type":"tool-calls-generation","tool_calls":[{"name":"f","parameters":{}}]}""",
            """{"event_type":"stream-end","finish_reason":"COMPLETE","response":{"text":"I will.","tool_calls":[{"name":"f","parameters":{}}],"generation_id":"g"}}""");
        Assert.Equal("f {}", string.Join('|', feed.Result.Choices[0].ToolCalls.Select(call => $"{call.Name} {call.Arguments}")));
        Assert.Equal(("", ChatFinishReason.ToolCalls, "g"), (feed.Result.Text, feed.Result.FinishReason, feed.Result.Stream.Id));
    }

    [Fact]
    public void Complete_calls_of_version_1_are_read()
    {
        EventFeed feed = new EventFeed(ChatDialect.Cohere).SendAll("""{"event_type":"tool-calls-generation","tool_calls":[{"name":"f","parameters":{"a":1}},2,{"name":"g","x":{}}]}""");
        Assert.Equal("f {\"a\":1} True|g  True", string.Join('|', feed.Result.Choices[0].ToolCalls.Select(call => $"{call.Name} {call.Arguments} {call.IsComplete}")));
    }

    [Theory]
    [InlineData("""{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":1}}}}""", "stop", 1L, null)]
    [InlineData("""{"type":"message-end","finish_reason":"MAX_TOKENS","usage":{"tokens":{"input_tokens":1}}}""", "length", 1L, null)]
    [InlineData("""{"type":"message-end","delta":{"finish_reason":"ERROR","error":"m","error_type":"t"}}""", null, null, "m")] // a failure is no finish reason
    [InlineData("""{"type":"message-end","delta":null}""", "stop", null, null)]
    [InlineData("""{"event_type":"stream-end","response":{"finish_reason":"MAX_TOKENS","meta":{"tokens":{"input_tokens":1}}}}""", "length", 1L, null)]
    [InlineData("""{"event_type":"stream-end","response":"","error":"m"}""", "stop", null, "m")]
    public void The_end_has_the_finish_reason_the_usage_and_an_error(string json, string? finish, long? input, string? error)
    {
        EventFeed feed = new EventFeed(ChatDialect.Cohere).SendAll(json);
        Assert.True(feed.Decoder.IsDone && feed.Decoder.IsComplete);
        Assert.Equal((finish, input, error), (feed.Result.FinishReason?.Value, feed.Result.Usage?.InputTokenCount, feed.Decoder.Fault?.Message));
    }

    [Theory]
    [InlineData("""{"id":"i","message":{"role":"assistant","content":[{"type":"text","text":"a"}]},"finish_reason":"COMPLETE"}""", "a", null)]
    [InlineData("""{"text":"a","generation_id":"i","finish_reason":"COMPLETE"}""", "a", null)]
    [InlineData("""{"message":"m"}""", "", "m")]
    [InlineData("""{"id":"i","message":"m"}""", "", "m")]
    [InlineData("""{"x":1}""", "", null)]
    public void An_object_without_a_type_is_an_answer_or_an_error(string json, string text, string? error)
    {
        EventFeed feed = new EventFeed(ChatDialect.Cohere).SendAll(json);
        Assert.Equal((text, error, text.Length > 0), (feed.Result.Text, feed.Decoder.Fault?.Message, feed.Decoder.IsComplete));
    }

    [Theory]
    [InlineData("""{"type":"new-event"}""", 1, null)]
    [InlineData("""{"type":"error","message":"m"}""", 0, "m")]
    [InlineData("""{"type":"new-event","error":"m"}""", 0, "m")]
    [InlineData("""{"type":5}""", 0, null)]
    [InlineData("""{"type":"debug"}""", 0, null)]
    public void An_unknown_event_is_reported(string json, int unknown, string? error)
    {
        EventFeed feed = new(ChatDialect.Cohere, isObserved: true);
        feed.Send(json);
        Assert.Equal((unknown, error), (feed.Statistics.UnknownEvents.Count, feed.Decoder.Fault?.Message));
    }

    [Fact]
    public void Citations_have_their_sources()
    {
        EventFeed feed = new(ChatDialect.Cohere);
        AIContent content = Assert.Single(Assert.Single(feed.Send(
            """{"type":"citation-start","delta":{"message":{"citations":{"start":1,"end":5,"sources":[{"type":"tool","id":"c:0"},{"type":"document","id":"d","document":{"title":"T","snippet":"S","url":"https://example.com/"}},1]}}}}""")).OtherContents);
        CitationAnnotation[] citations = [.. content.Annotations!.Cast<CitationAnnotation>()];
        Assert.Equal(["tool c:0  ", " d T S"], citations.Select(citation => $"{citation.ToolName} {citation.FileId} {citation.Title} {citation.Snippet}"));
        Assert.Equal("https://example.com/", citations[1].Url!.OriginalString);
        TextSpanAnnotatedRegion region = Assert.IsType<TextSpanAnnotatedRegion>(Assert.Single(citations[0].AnnotatedRegions!));
        Assert.Equal((1, 5), (region.StartIndex, region.EndIndex));
    }

    [Theory]
    [InlineData("""[{"start":0,"end":1,"document_ids":["a","b"]},{"start":1},2]""", "a,b|")] // version 1; one without sources
    [InlineData("[]", "")]
    [InlineData("null", "")]
    [InlineData("\"x\"", "")]
    public void Citations_of_version_1_have_document_ids(string citations, string expected)
    {
        EventFeed feed = new(ChatDialect.Cohere);
        List<ChatDelta> deltas = feed.Send($$"""{"event_type":"citation-generation","citations":{{citations}}}""");
        Assert.Equal(expected, string.Join('|', deltas.SelectMany(delta => delta.OtherContents)
            .Select(content => string.Join(',', content.Annotations!.Cast<CitationAnnotation>().Select(citation => citation.FileId)))));
    }

    [Fact]
    public void A_citation_event_without_citations_is_not_malformed()
    {
        EventFeed feed = new EventFeed(ChatDialect.Cohere).SendAll("""{"event_type":"citation-generation"}""");
        Assert.Null(feed.Decoder.Malformed);
        Assert.True(feed.Decoder.HasUnderstood);
    }

    [Fact]
    public void Unknown_fields_are_reported_with_their_path()
    {
        EventFeed feed = new(ChatDialect.Cohere, isObserved: true);
        feed.SendAll(
            """{"type":"content-delta","prompt":"p","new":1,"delta":{"newer":1,"message":{"logprobs":1,"newest":1}}}""",
            """{"type":"message-end","delta":{"id":"i","last":1}}""");
        Assert.Equal(["delta.last", "delta.newer", "message.newest", "new"], feed.Statistics.UnknownFields.Keys.Order(StringComparer.Ordinal));
        feed.Send("[DONE]");
        Assert.Equal((0, 1), (feed.Statistics.EventsAfterEnd, feed.Statistics.EndMarkers)); // the marker is ordinary after the end
    }
}
