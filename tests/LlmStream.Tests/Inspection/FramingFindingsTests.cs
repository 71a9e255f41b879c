using static LlmStream.Tests.Inspection.RecordedStream;

namespace LlmStream.Tests.Inspection;

public class FramingFindingsTests
{
    private const string Chunk = """{"choices":[{"index":0,"delta":{"content":"x"}}]}""";
    private const string Last = """{"choices":[{"index":0,"finish_reason":"stop"}]}""";
    private const string Done = "data: [DONE]\n\n";

    [Theory]
    [InlineData(StreamFindingCode.Comments, "2 comments: “ping” ×2", 2, ": ping\n\n: ping\n\n" + Done)]
    [InlineData(StreamFindingCode.Comments, "1 comment: (empty)", 1, ":\n\n" + Done)]
    [InlineData(StreamFindingCode.SingleJsonDocument, "one JSON document, not a stream of events", 1, Last)]
    [InlineData(StreamFindingCode.JsonArray,
        "the elements of a JSON array instead of server-sent events", 1, "[" + Chunk + "," + Last + "]")]
    [InlineData(StreamFindingCode.JsonLines, "JSON lines instead of server-sent events", 1, Chunk + "\n" + Last + "\n")]
    [InlineData(StreamFindingCode.ErrorLines,
        "1 “error:” line, which event stream parsers ignore", 1, "error: {\"message\":\"gone\"}\n\n" + Done)]
    [InlineData(StreamFindingCode.JsonWithoutDataField, "1 JSON text without “data:”, which event stream parsers ignore", 1,
        "data: {\"choices\":[]}\n\n{\"error\":{\"message\":\"gone\"}}\n\n" + Done)]
    [InlineData(StreamFindingCode.UnknownEventStreamFields,
        "unknown event stream fields: “dato” ×2", 2, "dato: x\ndato: y\ndata: {\"choices\":[]}\n\n" + Done)]
    [InlineData(StreamFindingCode.MissingFinalBlankLine,
        "no blank line after the last event, so strict parsers discard it", 1, "data: {\"choices\":[]}\n\ndata: [DONE]\n")]
    [InlineData(StreamFindingCode.ByteOrderMark, "a byte order mark at the start", 1, "\uFEFFdata: {\"choices\":[]}\n\n" + Done)]
    [InlineData(StreamFindingCode.MixedLineEndings, "mixed line endings: 2 CR LF, 0 CR, 2 LF", 1, "data: {\"choices\":[]}\r\n\r\n" + Done)]
    [InlineData(StreamFindingCode.CarriageReturnLineFeedEndings,
        "lines end in CR LF", 4, "data: {\"choices\":[]}\r\n\r\ndata: [DONE]\r\n\r\n")]
    [InlineData(StreamFindingCode.CarriageReturnEndings, "lines end in CR", 4, "data: {\"choices\":[]}\r\rdata: [DONE]\r\r:")]
    public async Task Lines_are_checked(StreamFindingCode code, string message, int count, string body)
    {
        StreamFinding finding = await FindAsync(code, body);

        Assert.Equal(message, finding.Message);
        Assert.Equal(count, finding.Count);
        Assert.Null(finding.ChoiceIndex);
    }

    [Fact]
    public async Task What_is_usual_in_the_dialect_is_not_reported()
    {
        StreamInspection ollama = await InspectAsync(
            """{"model":"m","message":{"role":"assistant","content":"Hi"},"done":false}""" + "\n"
            + """{"model":"m","message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":2,"eval_count":1}""" + "\n");
        StreamInspection gemini = await InspectAsync(
            """data: {"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1}}"""
            + "\r\n\r\n");

        Assert.Empty(ollama.Findings);
        Assert.Empty(gemini.Findings);
    }

    [Fact]
    public async Task A_cut_event_is_not_a_missing_blank_line()
    {
        StreamInspection inspection = await InspectAsync(Events(Chunk, Last) + "data: {\"cho");

        Assert.Contains(inspection.Findings, finding => finding.Code == StreamFindingCode.CutEvent);
        Assert.DoesNotContain(inspection.Findings, finding => finding.Code == StreamFindingCode.MissingFinalBlankLine);
    }
}
