using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Tutorials;

/// <summary>The tutorials print events without the blank lines between them, and such streams are read.</summary>
public class SseFormatTests
{
    // "Streaming 流式输出教程", "SSE 格式说明": the chunk before the marker has a finish reason, and no delta.
    internal static readonly string[] Events =
    [
        """data: {"id":"chatcmpl-123","choices":[{"delta":{"content":"你"}}]}""",
        """data: {"id":"chatcmpl-123","choices":[{"delta":{"content":"好"}}]}""",
        """data: {"id":"chatcmpl-123","choices":[{"delta":{"content":"!"}}]}""",
        """data: {"id":"chatcmpl-123","choices":[{"finish_reason":"stop"}]}""",
        "data: [DONE]",
    ];

    /// <summary>2.1, "SSE是什么".</summary>
    [Fact]
    public async Task Events_without_blank_lines_are_read()
    {
        const string Printed = """
            data: {"id":"chatcmpl-xxx","choices":[{"delta":{"content":"你"}}]}
            data: {"id":"chatcmpl-xxx","choices":[{"delta":{"content":"好"}}]}
            data: {"id":"chatcmpl-xxx","choices":[{"delta":{},"finish_reason":"stop"}]}
            data: [DONE]
            """;
        Outcome outcome = await Outcome.ReadAsync(Printed, ChatDialect.OpenAI);
        Assert.Equal(("Complete", "你好"), (outcome.Ending, outcome.Result.Text));
    }

    [Theory]
    [InlineData("\n\n")]
    [InlineData("\r\n\r\n")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task Any_separator_of_events_gives_the_same_answer(string separator)
    {
        Outcome outcome = await Outcome.ReadAsync(string.Join(separator, Events) + separator, ChatDialect.OpenAI);
        Assert.Equal(("Complete", "你好!", (ChatFinishReason?)ChatFinishReason.Stop, "chatcmpl-123"),
            (outcome.Ending, outcome.Result.Text, outcome.Result.FinishReason, outcome.Result.Stream.Id));
    }

    [Theory]
    [InlineData("data: {\"error\":{\"message\":\"busy\"}}\ndata: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n", "ProviderError")]
    [InlineData("data: {\"id\":\"chatcmpl-123\",\"choi", "Truncated")]
    [InlineData("data: {oops}\ndata: [DONE]\n", "MalformedEvent")]
    public async Task Errors_and_cuts_are_detected_without_blank_lines(string rest, string expected)
    {
        Outcome outcome = await Outcome.ReadAsync($"{Events[0]}\n{Events[1]}\n{rest}", ChatDialect.OpenAI);
        Assert.Equal((expected, "你好"), (outcome.Ending, outcome.Result.Text));
    }
}
