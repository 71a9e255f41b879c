using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Dialects.OpenAI;

/// <summary>The formats that differ from Chat Completions only in what is around the text.</summary>
public class WrappedChunkTests
{
    [Theory]
    [InlineData("final_result", "intermediate_results")]
    [InlineData("orchestration_result", "module_results")]
    public async Task The_chunks_in_the_result_of_an_orchestration_are_read(string result, string others)
    {
        string Chunk(string choices, string more = "") =>
            """{"request_id":"r","OTHERS":{"llm":{"choices":[{"index":0,"delta":{"content":"twice"}}]}},"RESULT":{"id":"c","model":"m","choices":[CHOICES]MORE}}"""
                .Replace("OTHERS", others, StringComparison.Ordinal).Replace("RESULT", result, StringComparison.Ordinal)
                .Replace("CHOICES", choices, StringComparison.Ordinal).Replace("MORE", more, StringComparison.Ordinal);
        Outcome outcome = await Outcome.ReadAsync(
            Body(
                Chunk("""{"index":0,"delta":{"role":"","content":""}}"""),
                Chunk("""{"index":0,"delta":{"content":"Hel"}}"""),
                Chunk("""{"index":0,"delta":{"content":"lo"},"finish_reason":"stop"}""", ""","usage":{"prompt_tokens":3,"completion_tokens":2}"""),
                "[DONE]"),
            ChatDialect.OpenAI);
        Assert.Equal(("Complete", "Hello", "c", "m"), (outcome.Ending, outcome.Result.Text, outcome.Result.Stream.Id, outcome.Result.Stream.Model));
        Assert.Equal((ChatFinishReason.Stop, 3L), (outcome.Result.FinishReason!.Value, outcome.Result.Usage!.InputTokenCount));
    }

    [Fact]
    public async Task Cloudflares_own_format_is_read()
    {
        string body = Body("""{"response":"Hel","p":"abc"}""", """{"response":"lo"}""", """{"response":"","usage":{"prompt_tokens":3}}""");
        Assert.Equal(("Truncated", "Hello"), Describe(await Outcome.ReadAsync(body, ChatDialect.OpenAI)));
        Outcome outcome = await Outcome.ReadAsync(body + Body("[DONE]"), ChatDialect.OpenAI);
        Assert.Equal(("Complete", "Hello"), Describe(outcome));
        Assert.Equal(3, outcome.Result.Usage!.InputTokenCount);
    }

    [Theory]
    [InlineData("""{"response":"","tool_calls":[{"name":"f","arguments":{"a":1}},{"name":"g","arguments":"{}"}]}""")]
    [InlineData("""{"tool_calls":[{"name":"f","arguments":{"a":1}},{"function":{"name":"g","arguments":"{}"}},{}],"response":null}""")]
    public async Task Its_calls_are_whole(string json)
    {
        Outcome outcome = await Outcome.ReadAsync(Body(json, "[DONE]"), ChatDialect.OpenAI);
        Assert.Equal("Complete", outcome.Ending);
        Assert.Equal(["f {\"a\":1} True", "g {} True"], outcome.Result.ToolCalls.Select(call => $"{call.Name} {call.Arguments} {call.IsComplete}"));
    }

    private static (string, string) Describe(Outcome outcome) => (outcome.Ending, outcome.Result.Text);

    private static string Body(params string[] events) => string.Concat(events.Select(data => $"data: {data}\n\n"));
}
