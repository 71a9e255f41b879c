using static LlmStream.Tests.Inspection.RecordedStream;

namespace LlmStream.Tests.Inspection;

public class AnswerFindingsTests
{
    private const string Call = """{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{}"}}]}""";

    [Theory]
    [InlineData(StreamFindingCode.EmptyAnswer, "neither text nor a tool call", 1, """{"role":"assistant"}""", "stop")]
    [InlineData(StreamFindingCode.ThinkTagInText,
        "“<think>” in the text: the reasoning is not separated from the answer", 1, """{"content":"<think>Hm</think>"}""", "stop")]
    [InlineData(StreamFindingCode.ControlCharacters, "3 control characters", 3, """{"content":"\u001b[1m\u0007\u001b"}""", "stop")]
    [InlineData(StreamFindingCode.ControlCharacters, "1 control character", 1, """{"reasoning":"\u0007","content":"a"}""", "stop")]
    [InlineData(StreamFindingCode.ReplacementCharacters,
        "2 U+FFFD characters: invalid UTF-8, or sent by the server", 2, """{"content":"\ufffd \ufffd"}""", "stop")]
    [InlineData(StreamFindingCode.ToolCallWithoutId, "tool call f: no id", 1,
        """{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{}"}}]}""", "tool_calls")]
    [InlineData(StreamFindingCode.ToolCallWithoutName, "tool call 0: no name", 1,
        """{"tool_calls":[{"index":0,"id":"t","function":{"arguments":"{\"a\":1}"}}]}""", "tool_calls")]
    [InlineData(StreamFindingCode.InvalidToolArguments, "tool call f: the arguments are not valid JSON (at character 6)", 1,
        """{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{\"é\":,}"}}]}""", "tool_calls")]
    [InlineData(StreamFindingCode.InvalidToolArguments, "tool call f: the arguments are not a JSON object", 1,
        """{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"[1]"}}]}""", "tool_calls")]
    [InlineData(StreamFindingCode.DuplicateToolCallId, "several tool calls have the same id", 1,
        """{"tool_calls":[{"index":0,"id":"t","function":{"name":"f"}},{"index":1,"id":"t","function":{"name":"g"}}]}""", "tool_calls")]
    [InlineData(StreamFindingCode.FinishReasonWithoutToolCalls,
        "the finish reason is “tool_calls”, but there is no tool call", 1, """{"content":"a"}""", "tool_calls")]
    [InlineData(StreamFindingCode.ToolCallsWithStopReason, "tool calls, but the finish reason is “stop”", 1, Call, "stop")]
    [InlineData(StreamFindingCode.UnknownFinishReason, "unknown finish reason “eos_token”", 1, """{"content":"a"}""", "eos_token")]
    public async Task A_choice_is_checked(StreamFindingCode code, string message, int count, string delta, string finish)
    {
        StreamFinding finding = await FindAsync(code, Events(Chunk(delta), Finish(finish), "[DONE]"));

        Assert.Equal(message, finding.Message);
        Assert.Equal(message, finding.ToString());
        Assert.Equal(count, finding.Count);
        Assert.Equal(0, finding.ChoiceIndex);
    }

    [Fact]
    public async Task The_choice_is_named_if_there_are_several()
    {
        StreamFinding finding = await FindAsync(StreamFindingCode.UnknownFinishReason, Events(
            Chunk("""{"content":"a"}""", "stop"), Chunk("""{"content":"b"}""", "eos", index: 1), "[DONE]"));

        Assert.Equal("unknown finish reason “eos” in choice 1", finding.Message);
        Assert.Equal(1, finding.ChoiceIndex);
    }

    [Theory]
    [InlineData(StreamFindingCode.TextAfterFinishReason, "1 chunk of text after the finish reason", "a", "|stop", "b")]
    [InlineData(StreamFindingCode.PossiblyCumulativeText,
        "each chunk seems to repeat the whole text so far: try the text mode “cumulative”",
        "A b", "A b c", "A b c d", "A b c d e", "|stop")]
    public async Task The_order_of_chunks_is_checked(StreamFindingCode code, string message, params string[] chunks)
    {
        string[] data = [.. chunks.Select(chunk => chunk.StartsWith('|') ? Finish(chunk[1..]) : Text(chunk)), "[DONE]"];

        StreamFinding finding = await FindAsync(code, Events(data));

        Assert.Equal(message, finding.Message);
        Assert.Null(finding.ChoiceIndex);
    }

    [Fact]
    public async Task Cumulative_text_is_reported()
    {
        string body = Events(Text("A b"), Text("A b c"), Finish(), "[DONE]");
        var options = new ChatReadOptions { TextMode = ChatTextMode.Cumulative };

        StreamFinding finding = await FindAsync(StreamFindingCode.CumulativeText, body, options: options);

        Assert.Equal("each chunk repeats the whole text so far (cumulative)", finding.Message);
    }

    [Fact]
    public async Task Withdrawn_text_is_reported()
    {
        string body = Events(Text("Hello"), Text("Help"), Finish(), "[DONE]");
        var options = new ChatReadOptions { TextMode = ChatTextMode.Cumulative };

        StreamFinding finding = await FindAsync(StreamFindingCode.WithdrawnText, body, options: options);

        Assert.Equal("the server withdrew text 1 time", finding.Message);
    }

    [Fact]
    public async Task Values_hold_what_was_found()
    {
        string body = Events(
            Chunk("""{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{"}}]}"""),
            Chunk("""{"tool_calls":[{"index":1,"id":"t","function":{"name":"g"}}]}"""),
            Finish("eos"), "[DONE]");

        Assert.Equal([new("f", 1)], (await FindAsync(StreamFindingCode.InvalidToolArguments, body)).Values);
        Assert.Equal([new("t", 2)], (await FindAsync(StreamFindingCode.DuplicateToolCallId, body)).Values);
        Assert.Equal([new("eos", 1)], (await FindAsync(StreamFindingCode.UnknownFinishReason, body)).Values);
    }

    [Fact]
    public async Task A_truncated_answer_may_have_incomplete_tool_calls()
    {
        StreamInspection inspection = await InspectAsync(Events(
            Chunk("""{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{\"a\":"}}]}""")));

        Assert.Equal(StreamEnding.Truncated, inspection.Ending);
        Assert.Empty(inspection.Findings);
    }
}
