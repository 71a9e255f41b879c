using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests.Dialects;

public sealed class DashScopeServerDialectTests
{
    private const string Generation = "/api/v1/services/aigc/text-generation/generation";
    private const string Multimodal = "/api/v1/services/aigc/multimodal-generation/generation";
    private const string Stream = "X-DashScope-SSE: enable";

    private static readonly Script Answer = Script.Answer("Hi 你好.");

    [Fact]
    public async Task Events_have_an_id_a_type_and_a_status()
    {
        const string Request = """{"model":"m","input":{"prompt":"Why?"},"parameters":{"incremental_output":true}}""";
        RawResponse response = await RawHttp.RequestAsync(Answer, Request, Generation, Stream);

        Assert.Equal("text/event-stream;charset=UTF-8", response.Headers["Content-Type"]);
        Assert.Equal(
            "id:1\nevent:result\n:HTTP_STATUS/200\n"
            + """data:{"output":{"finish_reason":"null","text":"Hi"}"""
            + ""","usage":{"total_tokens":3,"input_tokens":2,"output_tokens":1},"request_id":"00000000-0000-4000-8000-000000000000"}""",
            response.Events()[0]);
        Assert.DoesNotContain("[DONE]", response.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "Hi| 你|好|.|")]
    [InlineData(false, "Hi|Hi 你|Hi 你好|Hi 你好.|Hi 你好.")]
    public async Task Text_is_incremental_or_cumulative(bool isIncremental, string expected)
    {
        string request = CreateRequest(isIncremental, resultFormat: "message");
        IReadOnlyList<JsonNode> text = (await RawHttp.RequestAsync(Answer, request, Generation, Stream)).Data();
        IReadOnlyList<JsonNode> parts = (await RawHttp.RequestAsync(Answer, request, Multimodal, Stream)).Data();

        Assert.Equal(expected, string.Join('|', text.Select(chunk => (string?)Message(chunk)["content"])));
        IEnumerable<JsonNode?> first = parts.Select(chunk => Message(chunk)["content"]!.AsArray().FirstOrDefault());
        Assert.Equal(expected, string.Join('|', first.Select(part => (string?)part?["text"])));
        Assert.Equal(["null", "null", "null", "null", "stop"], text.Select(chunk => (string?)Choice(chunk)["finish_reason"]));
    }

    [Fact]
    public async Task Tool_calls_are_cumulative_or_fragments_with_empty_ids()
    {
        Script script = Script.Answer("").WithToolCall("f", """{"a":1}""");
        RawResponse cumulative = await RawHttp.RequestAsync(script, CreateRequest(isIncremental: false), Generation, Stream);
        RawResponse incremental = await RawHttp.RequestAsync(script, CreateRequest(isIncremental: true), Generation, Stream);
        JsonNode[] calls = [.. cumulative.Data().Select(Call)];
        JsonNode[] fragments = [.. incremental.Data().SkipLast(1).Select(Call)];

        Assert.Equal("""{"a":1}""", (string?)calls[^1]["function"]!["arguments"]);
        Assert.All(calls, call => Assert.Equal("call_1", (string?)call["id"]));
        Assert.Equal("""{"a":1}""", string.Concat(fragments.Select(call => (string?)call["function"]!["arguments"])));
        Assert.All(fragments.Skip(1), call => Assert.Equal("", (string?)call["id"]));

        static JsonNode Call(JsonNode chunk) => Message(chunk)["tool_calls"]![0]!;
    }

    [Fact]
    public async Task Reasoning_requires_incremental_output()
    {
        Script script = Answer.WithReasoning("Hm, well.");
        RawResponse refused = await RawHttp.RequestAsync(script, CreateRequest(isIncremental: false), Generation, Stream);
        RawResponse response = await RawHttp.RequestAsync(script, CreateRequest(isIncremental: true), Generation, Stream);

        Assert.Equal(400, refused.Status);
        Assert.Equal("Hm, well.", string.Concat(response.Data().Select(chunk => (string?)Message(chunk)["reasoning_content"])));
    }

    [Fact]
    public async Task Response_is_whole_without_the_header()
    {
        RawResponse response = await RawHttp.RequestAsync(Answer, CreateRequest(isIncremental: null, "message"), Generation);

        Assert.Equal("Hi 你好.", (string?)Message(JsonNode.Parse(response.Text)!)["content"]);
    }

    [Fact]
    public async Task Error_event_has_the_status_in_a_comment()
    {
        Script script = Answer.FailAtEvent(0, ErrorFrame.Event("Bad", "InvalidParameter"));
        string text = (await RawHttp.RequestAsync(script, CreateRequest(isIncremental: null, "message"), Generation, Stream)).Text;

        const string Start = "id:1\nevent:error\n:HTTP_STATUS/400\ndata:{\"code\":\"InvalidParameter\",\"message\":\"Bad\"";
        Assert.StartsWith(Start, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Partial_answer_is_continued(bool isIncremental)
    {
        string request = CreateRequest(isIncremental, "message", """,{"role":"assistant","content":"Hi 你","partial":true}""");
        RawResponse response = await RawHttp.RequestAsync(Answer, request, Generation, Stream);

        Assert.Equal("好", (string?)Message(response.Data()[0])["content"]);
    }

    private static string CreateRequest(bool? isIncremental, string? resultFormat = null, string furtherMessages = "")
    {
        var parameters = new JsonObject();
        if (resultFormat is not null) parameters["result_format"] = resultFormat;
        if (isIncremental is not null) parameters["incremental_output"] = isIncremental;
        string messages = """[{"role":"user","content":"Why?"}""" + furtherMessages + "]";
        return $$"""{"input":{"messages":{{messages}}},"parameters":{{parameters.ToJsonString()}}}""";
    }

    private static JsonNode Choice(JsonNode chunk) => chunk["output"]!["choices"]![0]!;

    private static JsonNode Message(JsonNode chunk) => Choice(chunk)["message"]!;
}
