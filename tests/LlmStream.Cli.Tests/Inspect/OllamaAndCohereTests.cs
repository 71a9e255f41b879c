namespace LlmStream.Cli.Tests.Inspect;

/// <summary>What is a matter of course in a dialect is not called unusual.</summary>
public class OllamaAndCohereTests
{
    private const string Line = """{"model":"m","created_at":"2026-09-10T06:26:01Z","message":{"role":"assistant","content":"Hi"},"done":false}""" + "\n";
    private const string End = """{"model":"m","created_at":"2026-09-10T06:26:02Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":2,"eval_count":1}""" + "\n";

    private const string Start = "event: message-start\ndata: {\"type\":\"message-start\",\"id\":\"i\",\"delta\":{\"message\":{\"role\":\"assistant\"}}}\n\n";
    private const string Delta = "event: content-delta\ndata: {\"type\":\"content-delta\",\"index\":0,\"delta\":{\"message\":{\"content\":{\"text\":\"Hi\"}}}}\n\n";
    private const string MessageEnd = "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\",\"usage\":{\"tokens\":{\"input_tokens\":2,\"output_tokens\":1}}}}\n\n";

    [Theory]
    [InlineData(Line + End, "ollama", "“done” says so")]
    [InlineData(Start + Delta + MessageEnd + "data: [DONE]\n\n", "cohere", "a finish reason, and [DONE] behind it")]
    [InlineData(Start + Delta + MessageEnd, "cohere", "a finish reason says so")]
    public async Task An_ordinary_stream_has_nothing_unusual(string body, string dialect, string ending)
    {
        using var recording = new Recording(body);
        string text = (await Run.Of("inspect", recording.Path)).Output;

        Assert.Contains($"dialect   {dialect} (recognised)", text, StringComparison.Ordinal);
        Assert.Contains($"ended     complete: {ending}", text, StringComparison.Ordinal);
        Assert.Contains("usage     2 input + 1 output (no total)", text, StringComparison.Ordinal);
        Assert.Contains("unusual   nothing", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[" + Line + "," + End + "]", "the elements of a JSON array")]
    [InlineData(Line + "{\"model\":\"m\",\"message\":{\"content\":\"\",\"mood\":1},\"weather\":1,\"done\":true}\n", "unknown fields: “weather”, “message.mood”")]
    [InlineData(Line + "{\"model\":\"m\",\"done\":true}\n", "no finish reason")]
    [InlineData(Line + End + Line, "1 event behind")]
    [InlineData(Start + "data: {\"type\":\"weather\"}\n\n" + Delta + MessageEnd, "unknown events: “weather”")]
    public async Task What_is_unusual_is_told(string body, string expected)
    {
        using var recording = new Recording(body);
        Assert.Contains(expected, (await Run.Of("inspect", recording.Path)).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Line + "{\"model\":\"m\",\"done\":true}\n", "\"family\":\"ollama\",\"terminal\":true", "\"finish\":null")]
    [InlineData(Start + Delta + MessageEnd, "\"family\":\"cohere\",\"terminal\":true", "\"finish\":\"COMPLETE\"")]
    public async Task A_program_is_told_what_was_sent(string body, string family, string finish)
    {
        using var recording = new Recording(body);
        string json = (await Run.Of("inspect", "--json", recording.Path)).Output;
        Assert.Contains(family, json, StringComparison.Ordinal);
        Assert.Contains(finish, json, StringComparison.Ordinal);
    }
}
