using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests;

public sealed class OllamaDialectTests
{
    private const string Chat = "/api/chat";
    private const string Question = """{"model":"m","messages":[{"role":"user","content":"Why?"}]}""";

    private static readonly Script Answer = Script.Answer("Hi 你好.");

    [Fact]
    public async Task It_streams_lines_though_nobody_asks_it_to()
    {
        RawResponse response = await AskAsync(Answer.WithReasoning("Hm."));
        JsonNode[] lines = Lines(response);

        Assert.Equal("application/x-ndjson", response.Headers["Content-Type"]);
        Assert.Equal("Hi 你好.", string.Concat(lines.Select(line => (string?)line["message"]!["content"])));
        Assert.Equal("Hm.", string.Concat(lines.Select(line => (string?)line["message"]!["thinking"])));
        Assert.All(lines.SkipLast(1), line => Assert.False((bool?)line["done"]));
        Assert.Equal(("stop", 2, 6), ((string?)lines[^1]["done_reason"], (int?)lines[^1]["prompt_eval_count"], (int?)lines[^1]["eval_count"]));
    }

    [Fact]
    public async Task Calls_are_whole()
    {
        JsonNode[] lines = Lines(await AskAsync(Script.Answer("").WithToolCall("f", "{\n \"a\": [1]\n}").WithToolCall("g", "no JSON")));

        Assert.Equal("""[{"id":"call_1","function":{"name":"f","arguments":{"a":[1]}}}]""", lines[0]["message"]!["tool_calls"]!.ToJsonString());
        Assert.Equal("""[{"id":"call_2","function":{"name":"g","arguments":"no JSON"}}]""", lines[1]["message"]!["tool_calls"]!.ToJsonString());
        Assert.Equal("stop", (string?)lines[2]["done_reason"]);
        Assert.Equal(3, lines.Length);
    }

    [Fact]
    public async Task It_generates()
    {
        JsonNode[] lines = Lines(await AskAsync(Answer.WithoutUsage(), """{"model":"m","prompt":"Why?"}""", "/api/generate"));

        Assert.Equal("Hi 你好.", string.Concat(lines.Select(line => (string?)line["response"])));
        Assert.DoesNotContain("eval_count", lines[^1].ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_answers_whole_where_it_is_told_to()
    {
        JsonNode answer = JsonNode.Parse((await AskAsync(Answer.WithReasoning("Hm.").WithToolCall("f", "{}"), Question.Replace("\"model\"", "\"stream\":false,\"model\"", StringComparison.Ordinal))).Text)!;

        Assert.Equal(("Hi 你好.", "Hm.", true), ((string?)answer["message"]!["content"], (string?)answer["message"]!["thinking"], (bool?)answer["done"]));
        Assert.NotNull(answer["message"]!["tool_calls"]![0]!["function"]!["arguments"]);
    }

    [Theory]
    [InlineData(ErrorForm.Data)]
    [InlineData(ErrorForm.Event)]
    [InlineData(ErrorForm.Field)]
    [InlineData(ErrorForm.BareJson)]
    public async Task Every_error_is_a_line(ErrorForm form)
    {
        string text = (await AskAsync(Answer.FailAt(1, ErrorFrame.Of(form, "Out of water", "c")))).Text;

        Assert.Equal("""{"error":"Out of water"}""", JsonNode.Parse(text[text.IndexOf('\n', StringComparison.Ordinal)..])!.ToJsonString());
        Assert.EndsWith("}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_status_has_an_error_for_its_body() =>
        Assert.Equal("""{"error":"The model does not exist."}""", (await AskAsync(Script.Status(404))).Text);

    [Fact]
    public async Task Lines_have_no_comments()
    {
        RawResponse response = await AskAsync(Answer.WithKeepAlives());

        Assert.StartsWith("\n{", response.Text, StringComparison.Ordinal);
        Assert.Equal("Hi 你好.", string.Concat(Lines(response).Select(line => (string?)line["message"]!["content"])));
    }

    private static JsonNode[] Lines(RawResponse response) => [.. response.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

    private static async Task<RawResponse> AskAsync(Script script, string body = Question, string path = Chat)
    {
        await using var server = await ScriptedLlmServer.StartAsync(script);
        return await RawHttp.AskAsync(server, body, path);
    }
}
