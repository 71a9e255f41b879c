namespace LlmStream.Cli.Tests.Inspect;

/// <summary>What is usual in a dialect is not reported as unusual.</summary>
public class InspectDialectTests
{
    private const string OllamaText = """{"model":"m","message":{"role":"assistant","content":"Hi"},"done":false}""" + "\n";
    private const string OllamaEnd =
        """{"model":"m","message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":2,"eval_count":1}""" + "\n";
    private const string OllamaEndWithoutReason = """{"model":"m","done":true}""" + "\n";

    private const string CohereStart =
        """data: {"type":"message-start","id":"i","delta":{"message":{"role":"assistant"}}}""" + "\n\n";
    private const string CohereText =
        "event: content-delta\n" + """data: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Hi"}}}}""" + "\n\n";
    private const string CohereEnd = "event: message-end\n"
        + """data: {"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":2,"output_tokens":1}}}}"""
        + "\n\n";

    [Theory]
    [InlineData(OllamaText + OllamaEnd, "ollama", "a finish reason and \"done\":true")]
    [InlineData(CohereStart + CohereText + CohereEnd + "data: [DONE]\n\n", "cohere", "a finish reason and [DONE]")]
    [InlineData(CohereStart + CohereText + CohereEnd, "cohere", "a finish reason")]
    public async Task An_ordinary_stream_has_nothing_unusual(string body, string dialect, string ending)
    {
        using var recording = new Recording(body);

        string text = (await Run.Of("inspect", recording.Path)).Output;

        Assert.Contains($"dialect   {dialect} (recognized)\n", text, StringComparison.Ordinal);
        Assert.Contains($"ended     complete: received {ending}\n", text, StringComparison.Ordinal);
        Assert.Contains("usage     2 input + 1 output (no total)\n", text, StringComparison.Ordinal);
        Assert.Contains("unusual   nothing\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OllamaText + OllamaEndWithoutReason, "ended     complete: received \"done\":true\n")]
    [InlineData("data: {\"type\":\"message-end\",\"delta\":{}}\n\n", "ended     complete: received an event that ends the answer\n")]
    public async Task An_answer_can_be_complete_without_a_finish_reason(string body, string expected)
    {
        using var recording = new Recording(body);

        string text = (await Run.Of("inspect", recording.Path)).Output;

        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.Contains("· no finish reason\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(OllamaText + OllamaEndWithoutReason, "\"family\":\"ollama\",\"terminal\":true", "\"finish\":null")]
    [InlineData(CohereStart + CohereText + CohereEnd, "\"family\":\"cohere\",\"terminal\":true", "\"finish\":\"COMPLETE\"")]
    public async Task Json_contains_what_was_sent(string body, string family, string finish)
    {
        using var recording = new Recording(body);

        string json = (await Run.Of("inspect", "--json", recording.Path)).Output;

        Assert.Contains(family, json, StringComparison.Ordinal);
        Assert.Contains(finish, json, StringComparison.Ordinal);
    }
}
