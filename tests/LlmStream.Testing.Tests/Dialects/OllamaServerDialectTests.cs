using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests.Dialects;

public sealed class OllamaServerDialectTests
{
    private const string Chat = "/api/chat";
    private const string Question = """{"model":"m","messages":[{"role":"user","content":"Why?"}]}""";

    private static readonly Script Answer = Script.Answer("Hi 你好.");

    [Fact]
    public async Task Response_is_streamed_by_default()
    {
        RawResponse response = await RawHttp.RequestAsync(Answer.WithReasoning("Hm."), Question, Chat);
        JsonNode[] lines = GetLines(response);
        JsonNode last = lines[^1];

        Assert.Equal("application/x-ndjson", response.Headers["Content-Type"]);
        Assert.Equal("Hi 你好.", string.Concat(lines.Select(line => (string?)line["message"]!["content"])));
        Assert.Equal("Hm.", string.Concat(lines.Select(line => (string?)line["message"]!["thinking"])));
        Assert.All(lines.SkipLast(1), line => Assert.False((bool?)line["done"]));
        Assert.Equal(("stop", 2, 6), ((string?)last["done_reason"], (int?)last["prompt_eval_count"], (int?)last["eval_count"]));
    }

    [Fact]
    public async Task Tool_calls_are_whole()
    {
        Script script = Script.Answer("").WithToolCall("f", "{\n \"a\": [1]\n}").WithToolCall("g", "no JSON");
        JsonNode[] lines = GetLines(await RawHttp.RequestAsync(script, Question, Chat));

        Assert.Equal(
            """[{"id":"call_1","function":{"name":"f","arguments":{"a":[1]}}}]""", lines[0]["message"]!["tool_calls"]!.ToJsonString());
        Assert.Equal(
            """[{"id":"call_2","function":{"name":"g","arguments":"no JSON"}}]""", lines[1]["message"]!["tool_calls"]!.ToJsonString());
        Assert.Equal("stop", (string?)lines[2]["done_reason"]);
        Assert.Equal(3, lines.Length);
    }

    [Fact]
    public async Task Generate_endpoint_is_supported()
    {
        RawResponse response = await RawHttp.RequestAsync(Answer.WithoutUsage(), """{"model":"m","prompt":"Why?"}""", "/api/generate");
        JsonNode[] lines = GetLines(response);

        Assert.Equal("Hi 你好.", string.Concat(lines.Select(line => (string?)line["response"])));
        Assert.DoesNotContain("eval_count", lines[^1].ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Response_can_be_whole()
    {
        string request = Question.Replace("\"model\"", "\"stream\":false,\"model\"", StringComparison.Ordinal);
        RawResponse response = await RawHttp.RequestAsync(Answer.WithReasoning("Hm.").WithToolCall("f", "{}"), request, Chat);
        JsonNode answer = JsonNode.Parse(response.Text)!;
        JsonNode message = answer["message"]!;

        Assert.Equal(("Hi 你好.", "Hm.", true), ((string?)message["content"], (string?)message["thinking"], (bool?)answer["done"]));
        Assert.NotNull(message["tool_calls"]![0]!["function"]!["arguments"]);
    }

    [Theory]
    [InlineData(ErrorFormat.Data)]
    [InlineData(ErrorFormat.Event)]
    [InlineData(ErrorFormat.Field)]
    [InlineData(ErrorFormat.BareJson)]
    public async Task Error_is_a_separate_line(ErrorFormat format)
    {
        Script script = Answer.FailAtEvent(1, ErrorFrame.Create(format, "Out of memory", "c"));
        string text = (await RawHttp.RequestAsync(script, Question, Chat)).Text;

        string error = text[text.IndexOf('\n', StringComparison.Ordinal)..];
        Assert.Equal("""{"error":"Out of memory"}""", JsonNode.Parse(error)!.ToJsonString());
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Error_of_a_status_has_no_code() => Assert.Equal(
        """{"error":"The model does not exist."}""", (await RawHttp.RequestAsync(Script.Status(404), Question, Chat)).Text);

    [Fact]
    public async Task Comments_are_empty_lines()
    {
        RawResponse response = await RawHttp.RequestAsync(Answer.WithKeepAlives(), Question, Chat);

        Assert.StartsWith("\n{", response.Text, StringComparison.Ordinal);
        Assert.Equal("Hi 你好.", string.Concat(GetLines(response).Select(line => (string?)line["message"]!["content"])));
    }

    private static JsonNode[] GetLines(RawResponse response) =>
        [.. response.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];
}
