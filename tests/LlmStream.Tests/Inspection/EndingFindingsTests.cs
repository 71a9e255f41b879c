using static LlmStream.Tests.Inspection.RecordedStream;

namespace LlmStream.Tests.Inspection;

public class EndingFindingsTests
{
    private const string CohereText =
        """{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hi"}}}}""";

    [Fact]
    public async Task A_missing_finish_reason_is_reported()
    {
        StreamFinding finding = await FindAsync(StreamFindingCode.MissingFinishReason, Events(Text("a"), "[DONE]"));

        Assert.Equal("no finish reason", finding.Message);
        Assert.Equal(1, finding.Count);
    }

    [Fact]
    public async Task Choices_without_a_finish_reason_are_counted()
    {
        StreamFinding finding = await FindAsync(StreamFindingCode.MissingFinishReason, Events(
            Chunk("""{"content":"a"}""", "stop"),
            Chunk("""{"content":"b"}""", index: 1),
            Chunk("""{"content":"c"}""", index: 2),
            "[DONE]"));

        Assert.Equal("2 of 3 choices without a finish reason", finding.Message);
        Assert.Equal(2, finding.Count);
    }

    [Fact]
    public async Task A_missing_end_marker_is_reported_if_the_dialect_has_one()
    {
        Assert.Equal("no [DONE] at the end", (await FindAsync(StreamFindingCode.MissingEndMarker, Events(Text("a"), Finish()))).Message);

        StreamInspection gemini = await InspectAsync(Events(
            """{"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1}}"""));
        Assert.Empty(gemini.Findings);
    }

    [Fact]
    public async Task A_single_document_needs_no_end_marker()
    {
        StreamInspection inspection = await InspectAsync("""{"choices":[{"index":0,"message":{"content":"x"},"finish_reason":"stop"}]}""");

        Assert.DoesNotContain(inspection.Findings, finding => finding.Code == StreamFindingCode.MissingEndMarker);
    }

    [Fact]
    public async Task A_changed_finish_reason_is_reported()
    {
        string body = Events(Text("a"), Finish(), Finish("length"), "[DONE]");

        StreamFinding finding = await FindAsync(StreamFindingCode.ChangedFinishReason, body);

        Assert.Equal("the finish reason changed: “stop”, then “length”", finding.Message);
        Assert.Equal(["stop", "length"], finding.Values.Keys);
    }

    [Fact]
    public async Task A_repeated_finish_reason_is_reported()
    {
        StreamFinding finding = await FindAsync(StreamFindingCode.RepeatedFinishReason, Events(Text("a"), Finish(), Finish(), "[DONE]"));

        Assert.Equal("the finish reason was sent 2 times", finding.Message);
        Assert.Equal(2, finding.Count);
    }

    [Fact]
    public async Task An_end_without_a_finish_reason_is_not_a_repetition()
    {
        StreamInspection inspection = await InspectAsync(Events(CohereText, """{"type":"message-end","delta":{}}"""));

        Assert.True(inspection.HasEndSignal);
        Assert.Empty(inspection.FinishReasons);
        Assert.DoesNotContain(inspection.Findings, finding => finding.Code == StreamFindingCode.RepeatedFinishReason);
    }

    [Fact]
    public async Task Events_after_the_end_marker_are_reported()
    {
        StreamFinding finding = await FindAsync(StreamFindingCode.EventsAfterEndMarker, Events(Text("a"), Finish(), "[DONE]", Text("b")));

        Assert.Equal("1 event after [DONE], which readers ignore", finding.Message);
        Assert.Equal(1, finding.Count);
    }

    [Fact]
    public async Task Missing_usage_is_reported()
    {
        StreamFinding openAI = await FindAsync(StreamFindingCode.MissingUsage, Events(Text("a"), Finish(), "[DONE]"));
        StreamFinding cohere = await FindAsync(StreamFindingCode.MissingUsage, Events(
            CohereText, """{"type":"message-end","delta":{"finish_reason":"COMPLETE"}}"""));

        Assert.Equal("no usage (many providers send it only if stream_options.include_usage is set)", openAI.Message);
        Assert.Equal("no usage", cohere.Message);
    }

    [Fact]
    public async Task Usage_in_every_event_is_reported()
    {
        StreamFinding finding = await FindAsync(StreamFindingCode.UsageInEveryEvent, Events(
            Chunk("""{"content":"a"}""", hasUsage: true),
            Chunk("""{"content":"b"}""", hasUsage: true),
            Chunk("{}", "stop", hasUsage: true),
            "[DONE]"));

        Assert.Equal("usage in every event", finding.Message);
        Assert.Equal(3, finding.Count);
    }

    [Fact]
    public async Task Repeated_usage_is_reported()
    {
        StreamFinding finding = await FindAsync(StreamFindingCode.RepeatedUsage, Events(
            Chunk("""{"content":"a"}""", hasUsage: true), Text("b"), Chunk("{}", "stop", hasUsage: true), "[DONE]"));

        Assert.Equal("usage was sent 2 times; the last counts are used", finding.Message);
        Assert.Equal(2, finding.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("data: [DONE]\n\n")]
    public async Task Another_marker_does_not_stand_for_the_missing_one(string end)
    {
        StreamInspection inspection = await InspectAsync(Events(
            """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}""",
            """{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":1,"output_tokens":2}}""") + end);

        Assert.Equal((StreamEnding.Complete, null), (inspection.Ending, inspection.EndMarker));
        StreamFinding finding = Assert.Single(inspection.Findings);
        Assert.Equal((StreamFindingCode.MissingEndMarker, "no message_stop at the end"), (finding.Code, finding.Message));
    }
}
