using static LlmStream.Tests.Inspection.RecordedStream;

namespace LlmStream.Tests.Inspection;

public class EventFindingsTests
{
    private static readonly string End = Events("[DONE]");

    [Theory]
    [InlineData(StreamFindingCode.EventsWithoutChoices, "1 event with neither choices nor usage", 1, "data: {\"choices\":[]}\n\n")]
    [InlineData(StreamFindingCode.EmptyEvents, "2 empty events", 2, "data:\n\ndata:\n\n")]
    public async Task Events_without_content_are_reported(StreamFindingCode code, string message, int count, string events)
    {
        StreamFinding finding = await FindAsync(code, Events(Text("a")) + events + End);

        Assert.Equal(message, finding.Message);
        Assert.Equal(count, finding.Count);
    }

    [Fact]
    public async Task Text_between_events_is_quoted()
    {
        string whole = $"{Text("a")}\nupstream timeout\n{Finish()}\n";
        string cut = $"{Text("a")}\nupstream timeout\n";

        Assert.Equal("text between the events: upstream timeout", (await FindAsync(StreamFindingCode.TextBetweenEvents, whole)).Message);

        // The exception of a truncated stream contains the text.
        StreamInspection truncated = await InspectAsync(cut);
        Assert.DoesNotContain(truncated.Findings, finding => finding.Code == StreamFindingCode.TextBetweenEvents);
        Assert.Contains("upstream timeout", truncated.Exception?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unusual_event_types_are_listed()
    {
        StreamFinding finding = await FindAsync(
            StreamFindingCode.UnusualEventTypes, $"event: chunk\ndata: {Text("a")}\n\nevent: chunk\ndata: {Text("b")}\n\n" + End);

        Assert.Equal("unusual event types: “chunk” ×2", finding.Message);
        Assert.Equal(2, finding.Count);
        Assert.Equal([new("chunk", 2)], finding.Values);
    }

    [Fact]
    public async Task Types_that_are_usual_in_the_dialect_are_not_listed()
    {
        StreamInspection inspection = await InspectAsync(
            "id:1\nevent:result\n:HTTP_STATUS/200\n"
            + """data:{"output":{"text":"Hi","finish_reason":"stop"},"usage":{"input_tokens":4,"output_tokens":2},"request_id":"r"}"""
            + "\n\n");

        Assert.Empty(inspection.Findings);
    }

    [Fact]
    public async Task Unknown_events_are_listed()
    {
        StreamFinding finding = await FindAsync(StreamFindingCode.UnknownEvents, Events(
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}""", """{"type":"weather"}""",
            """{"type":"message_stop"}"""));

        Assert.Equal("unknown events: “weather”", finding.Message);
        Assert.Equal([new("weather", 1)], finding.Values);
    }

    [Fact]
    public async Task Unknown_fields_are_listed_by_path()
    {
        StreamFinding finding = await FindAsync(StreamFindingCode.UnknownFields, Events(
            """{"surprise":1,"choices":[{"index":0,"wow":1}]}""", """{"surprise":1,"choices":[]}""", "[DONE]"));

        Assert.Equal("unknown fields: “surprise” ×2, “choices[].wow”", finding.Message);
        Assert.Equal(3, finding.Count);
        Assert.Equal(2, finding.Values["surprise"]);
        Assert.Equal(1, finding.Values["choices[].wow"]);
    }

    [Fact]
    public async Task Of_many_names_200_are_told_apart()
    {
        string[] fields = [.. Enumerable.Range(0, 250).Select(i => $$"""{"f{{i}}":1,"choices":[]}""")];

        StreamFinding finding = await FindAsync(StreamFindingCode.UnknownFields, Events([.. fields, "[DONE]"]));

        Assert.Equal(201, finding.Values.Count);
        Assert.Equal(50, finding.Values["…"]);
        Assert.Equal(250, finding.Count);
    }

    [Fact]
    public async Task Malformed_events_are_counted_if_there_is_more_than_the_one_of_the_exception()
    {
        string one = Events(Text("a"), "{oops", Finish(), "[DONE]");
        string two = Events(Text("a"), "{oops", "{again", Finish(), "[DONE]");

        Assert.DoesNotContain((await InspectAsync(one)).Findings, finding => finding.Code == StreamFindingCode.MalformedEvents);
        Assert.Equal("2 malformed events in total", (await FindAsync(StreamFindingCode.MalformedEvents, two)).Message);
    }

    [Fact]
    public async Task Malformed_events_are_quoted_if_the_exception_is_about_another_error()
    {
        StreamFinding finding = await FindAsync(
            StreamFindingCode.MalformedEvents, Events("""{"error":{"message":"Busy"}}""", "{oops", "{again"), ChatDialect.OpenAI);

        Assert.Equal("2 malformed events, from event 2: {oops", finding.Message);
        Assert.Equal(2, finding.Count);
    }

    [Fact]
    public async Task A_cut_event_is_reported_if_the_answer_is_complete()
    {
        const string Cut = "data: {\"choices\":[],\"usa";

        StreamFinding finding = await FindAsync(StreamFindingCode.CutEvent, Events(Text("a"), Finish()) + Cut);
        StreamInspection truncated = await InspectAsync(Events(Text("a")) + Cut);

        Assert.Equal("the last event is cut off: {\"choices\":[],\"usa", finding.Message);
        Assert.Empty(truncated.Findings);
        Assert.Equal("{\"choices\":[],\"usa", truncated.CutEvent);
    }
}
