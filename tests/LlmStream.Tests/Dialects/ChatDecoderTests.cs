using LlmStream.Dialects;
using LlmStream.Framing;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects;

/// <summary>What all decoders have in common, by the example of one.</summary>
public class ChatDecoderTests
{
    private const string Chunk = """{"choices":[{"delta":{"content":"a"}}]}""";
    private const string Finish = """{"choices":[{"delta":{},"finish_reason":"stop"}]}""";

    [Theory]
    [InlineData("[DONE]")]
    [InlineData(" [DONE]\r\n")]
    [InlineData("[DONE] and more")]
    public void The_end_marker_ends_the_stream(string marker)
    {
        EventFeed feed = new(ChatDialect.OpenAI, isObserved: true);
        feed.SendAll(Chunk, marker);
        Assert.True(feed.Decoder.IsDone && feed.Decoder.MustStop && feed.Decoder.IsComplete);
        Assert.Empty(feed.Send(Chunk));
        Assert.Empty(feed.Send(""));
        Assert.Equal((1, 1), (feed.Statistics.EndMarkers, feed.Statistics.EventsAfterEnd));
    }

    [Fact]
    public void The_end_marker_alone_is_no_answer() => Assert.False(new EventFeed(ChatDialect.OpenAI).SendAll("[DONE]").Decoder.IsComplete);

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n\0")]
    public void An_empty_event_is_ignored(string data)
    {
        EventFeed feed = new(ChatDialect.OpenAI, isObserved: true);
        Assert.Empty(feed.Send(data));
        Assert.Equal((1, false, null), (feed.Statistics.EmptyEvents, feed.Decoder.HasSeenFrame, feed.Decoder.Malformed));
    }

    [Fact]
    public void A_malformed_event_stops_the_reading()
    {
        EventFeed feed = new(ChatDialect.OpenAI, isObserved: true);
        feed.SendAll(Chunk, "{\"choices\":[{", "nonsense");
        Assert.True(feed.Decoder.MustStop);
        Assert.Equal(("{\"choices\":[{", 2), (feed.Decoder.Malformed, feed.Statistics.MalformedEvents)); // the first is quoted
        Assert.Equal("a", feed.Result.Text);
        feed.Decoder.ReadsPastErrors = true;
        Assert.False(feed.Decoder.MustStop);
    }

    [Fact]
    public void What_a_malformed_event_contained_before_the_error_is_kept()
    {
        EventFeed feed = new(ChatDialect.OpenAI);
        Assert.Equal("a", Assert.Single(feed.Send("""{"choices":[{"delta":{"content":"a"}}],,}""")).Text);
        Assert.NotNull(feed.Decoder.Malformed);
    }

    [Fact]
    public void An_event_that_the_end_of_the_stream_cut_off_is_not_malformed()
    {
        EventFeed feed = new(ChatDialect.OpenAI, isObserved: true);
        Assert.Empty(feed.Send(Chunk[..^1], isUnterminated: true));
        Assert.Equal((null, Chunk[..^1], false), (feed.Decoder.Malformed, feed.Statistics.CutEvent, feed.Decoder.HasSeenFrame));
        Assert.Single(feed.Send(Chunk, isUnterminated: true)); // complete, except for the line ends
    }

    [Fact]
    public void Events_without_blank_lines_between_them_are_told_apart()
    {
        EventFeed feed = new(ChatDialect.OpenAI);
        Assert.Equal(["a", "a", ""], feed.Send($"{Chunk}\n{Chunk}\n\n{Finish}\n[DONE]").Select(delta => delta.Text));
        Assert.True(feed.Decoder.IsDone);
        Assert.Equal("a", Assert.Single(new EventFeed(ChatDialect.OpenAI).Send(Chunk.Replace(",", ",\n", StringComparison.Ordinal))).Text);
    }

    [Fact]
    public void Only_the_last_of_such_events_may_be_cut_off()
    {
        EventFeed feed = new(ChatDialect.OpenAI);
        Assert.Single(feed.Send($"{Chunk}\n{Chunk[..9]}", isUnterminated: true));
        Assert.Null(feed.Decoder.Malformed);
        Assert.Single(feed.Send($"{Chunk}\n{Chunk[..9]}\n{Chunk}", isUnterminated: true));
        Assert.NotNull(feed.Decoder.Malformed);
    }

    [Theory]
    [InlineData("""{"error":{"message":"m","code":"c"}}""", "c", "m", null)]
    [InlineData(Chunk, null, null, null)] // an event without "data:"
    [InlineData("""{"x":1}""", null, """{"x":1}""", null)] // an error in an unknown form
    [InlineData("{\"x", null, "{\"x", null)]
    [InlineData("Service unavailable", null, null, "Service unavailable")]
    public void Text_between_events_is_an_error_or_an_event_or_quoted(string text, string? code, string? message, string? stray)
    {
        EventFeed feed = new(ChatDialect.OpenAI);
        feed.Send(text, kind: FrameKind.Bare);
        Assert.Equal((code, message, stray), (feed.Decoder.Fault?.Code, feed.Decoder.Fault?.Message, feed.Decoder.StrayText));
        Assert.Equal(text == Chunk, feed.Decoder.HasUnderstood);
    }

    [Fact]
    public void An_event_of_the_type_error_is_one()
    {
        EventFeed feed = new(ChatDialect.OpenAI);
        feed.Send(Chunk, eventType: Frame.ErrorEventType);
        Assert.True(feed.Decoder.MustStop);
        Assert.Equal((Chunk, feed.Decoder.Fault), (feed.Decoder.Fault!.Message, feed.Decoder.ReportedFault));
        Assert.True(feed.Decoder.HasForeignEvents);
    }

    [Fact]
    public void The_first_error_counts()
    {
        EventFeed feed = new(ChatDialect.OpenAI);
        feed.SendAll("""{"error":"first"}""", """{"error":"second"}""");
        Assert.Equal("first", feed.Decoder.Fault!.Message);
    }

    [Fact]
    public void After_an_error_with_a_finish_reason_the_usage_is_read()
    {
        EventFeed feed = new(ChatDialect.OpenAI);
        feed.Send("""{"choices":[{"delta":{},"finish_reason":"error"}],"error":{"message":"m"}}""");
        Assert.True(feed.Decoder.FaultCameWithFinish);
        Assert.False(feed.Decoder.MustStop);
        feed.Send("""{"choices":[],"usage":{"prompt_tokens":1}}""");
        Assert.Equal(1, feed.Result.Usage!.InputTokenCount);
    }

    [Fact]
    public void A_finish_reason_that_is_a_failure_is_an_error_at_the_end()
    {
        EventFeed feed = new(ChatDialect.OpenAI);
        feed.Send("""{"choices":[{"delta":{},"finish_reason":"error"}]}""");
        Assert.Null(feed.Decoder.Fault);
        feed.End();
        Assert.Equal(("error", null), (feed.Decoder.Fault!.Code, feed.Decoder.ReportedFault));
    }

    [Theory]
    [InlineData("null")]
    [InlineData("\"\"")]
    [InlineData("\"null\"")]
    [InlineData("0")]
    [InlineData("{}")]
    public void A_placeholder_is_no_finish_reason(string json)
    {
        EventFeed feed = new(ChatDialect.OpenAI, isObserved: true);
        Assert.Empty(feed.Send($$"""{"choices":[{"delta":{},"finish_reason":{{json}}}]}"""));
        Assert.Equal((false, 0), (feed.Decoder.IsComplete, feed.Statistics.FinishReasons));
        feed.Send(Finish);
        Assert.Equal(1, feed.Statistics.FinishReasons);
    }

    [Fact]
    public void The_first_id_model_and_time_that_are_not_empty_count()
    {
        EventFeed feed = new(ChatDialect.OpenAI);
        feed.SendAll(
            """{"id":"","model":null,"created":0,"choices":[]}""", """{"id":"1","model":"m","created":5,"choices":[]}""",
            """{"id":"2","model":"n","created":6,"choices":[]}""");
        Assert.Equal(("1", "m", 5), (feed.Result.Stream.Id, feed.Result.Stream.Model, feed.Result.Stream.CreatedAt!.Value.ToUnixTimeSeconds()));
        Assert.Equal("r", new EventFeed(ChatDialect.DashScope).SendAll("""{"request_id":"r","output":{}}""").Result.Stream.RequestId);
    }

    [Fact]
    public void A_raw_event_is_kept_on_request()
    {
        EventFeed feed = new(ChatDialect.OpenAI, options: new ChatReadOptions { KeepRaw = true });
        Assert.Equal(Chunk, Assert.Single(feed.Send($" {Chunk}\n")).Raw!.ToString());
    }

    [Fact]
    public void Usage_is_reported_to_the_observer_if_it_has_a_count()
    {
        EventFeed feed = new(ChatDialect.OpenAI, isObserved: true);
        feed.SendAll("""{"choices":[],"usage":null}""", """{"choices":[],"usage":{}}""", """{"choices":[],"usage":{"total_tokens":1}}""");
        Assert.Equal(1, feed.Statistics.UsageReports);
    }

    [Fact]
    public void An_observed_decoder_uses_no_templates()
    {
        EventFeed feed = new(ChatDialect.OpenAI, isObserved: true, new ChatReadOptions());
        for (int i = 0; i < 5; i++) feed.Send(Chunk);
        Assert.Equal(0, feed.Decoder.TemplateHits);
    }
}
