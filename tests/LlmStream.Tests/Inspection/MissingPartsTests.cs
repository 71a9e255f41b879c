using static LlmStream.Tests.Inspection.RecordedStream;

namespace LlmStream.Tests.Inspection;

public class MissingPartsTests
{
    [Fact]
    public async Task A_complete_answer_lacks_nothing() =>
        Assert.Empty((await InspectAsync(Events(Text("a"), "[DONE]"))).Missing);

    [Fact]
    public async Task An_error_is_not_a_truncation() =>
        Assert.Empty((await InspectAsync(Events(Text("a"), """{"error":{"message":"Busy"}}"""))).Missing);

    [Fact]
    public async Task An_answer_can_be_missing_as_a_whole() =>
        Assert.Equal(["the answer", "[DONE]", "usage"], (await InspectAsync(": ping\n\n")).Missing);

    [Fact]
    public async Task Usage_that_was_received_is_not_missing() =>
        Assert.Equal(["the finish reason", "[DONE]"], (await InspectAsync(Events(Text("a"), Usage))).Missing);

    [Fact]
    public async Task Each_choice_needs_a_finish_reason() =>
        Assert.Equal(
            ["the finish reason of choice 1", "[DONE]", "usage"],
            (await InspectAsync(Events(Chunk("""{"content":"a"}""", "stop"), Chunk("""{"content":"b"}""", index: 1)))).Missing);

    [Theory]
    [InlineData(",\"name\":\"f\"", "the end of the arguments for f")]
    [InlineData("", "the end of the arguments for a tool call")]
    public async Task Tool_calls_need_whole_arguments(string name, string expected)
    {
        string call = """{"tool_calls":[{"index":0,"id":"t","function":{"arguments":"{\"a\":" """ + name + "}}]}";

        Assert.Equal(["the finish reason", expected, "[DONE]", "usage"], (await InspectAsync(Events(Chunk(call)))).Missing);
    }

    [Fact]
    public async Task The_end_marker_has_the_name_of_the_dialect() =>
        Assert.Equal(
            ["the finish reason", "message_stop"],
            (await InspectAsync(Events(
                """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}""",
                """{"type":"message_delta","delta":{"stop_reason":null},"usage":{"input_tokens":1,"output_tokens":2}}"""))).Missing);
}
