using System.Text.Json.Nodes;

namespace LlmStream.Testing.Tests;

public sealed class DialectTests
{
    private const string Generation = "/api/v1/services/aigc/text-generation/generation";
    private const string Multimodal = "/api/v1/services/aigc/multimodal-generation/generation";
    private const string Sse = "X-DashScope-SSE: enable";

    private const string Message = """{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"Why?"}]}""";

    private static readonly Script Answer = Script.Answer("Hi 你好.");

    [Fact]
    public async Task OpenAI_sends_usage_when_it_is_asked_for()
    {
        string with = RawHttp.Question.Replace("\"stream\":true", "\"stream\":true,\"stream_options\":{\"include_usage\":true}", StringComparison.Ordinal);
        JsonNode last = (await AskAsync(Answer, with)).Data()[^1];

        Assert.Equal("""{"prompt_tokens":2,"completion_tokens":4,"total_tokens":6}""", last["usage"]!.ToJsonString());
        Assert.Empty(last["choices"]!.AsArray());
        Assert.DoesNotContain("usage", (await AskAsync(Answer)).Text, StringComparison.Ordinal);
        Assert.Contains("completion_tokens", (await AskAsync(Answer.WithUsage())).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenAI_answers_whole_without_stream()
    {
        JsonNode answer = JsonNode.Parse((await AskAsync(Answer.WithModel("x").WithToolCall("f", "{}"), """{"n":2,"messages":[]}""")).Text)!;

        Assert.Equal(("chat.completion", "x", 2), ((string?)answer["object"], (string?)answer["model"], answer["choices"]!.AsArray().Count));
        Assert.Equal("Hi 你好.", (string?)answer["choices"]![1]!["message"]!["content"]);
        Assert.Equal("tool_calls", (string?)answer["choices"]![0]!["finish_reason"]);
        Assert.Equal("call_1", (string?)answer["choices"]![0]!["message"]!["tool_calls"]![0]!["id"]);
    }

    [Fact]
    public async Task OpenAI_streams_tool_calls_in_fragments()
    {
        var fragments = (await AskAsync(Script.Answer("").WithToolCall("weather", """{"city":"Berlin"}"""))).Data()
            .Select(chunk => chunk["choices"]![0]!["delta"]!["tool_calls"]?[0]).OfType<JsonNode>().ToList();

        Assert.Equal("""{"index":0,"id":"call_1","type":"function","function":{"name":"weather","arguments":""}}""", fragments[0].ToJsonString());
        Assert.True(fragments.Count > 3);
        Assert.Equal("""{"city":"Berlin"}""", string.Concat(fragments.Select(fragment => (string?)fragment["function"]!["arguments"])));
    }

    [Fact]
    public async Task DashScope_writes_its_own_form()
    {
        RawResponse response = await AskAsync(Answer, """{"model":"m","input":{"prompt":"Why?"},"parameters":{"incremental_output":true}}""", Generation, Sse);

        Assert.Equal("text/event-stream;charset=UTF-8", response.Headers["Content-Type"]);
        Assert.Equal(
            "id:1\nevent:result\n:HTTP_STATUS/200\n"
            + """data:{"output":{"finish_reason":"null","text":"Hi"},"usage":{"total_tokens":3,"input_tokens":2,"output_tokens":1},"request_id":"00000000-0000-4000-8000-000000000000"}""",
            response.Events()[0]);
        Assert.DoesNotContain("[DONE]", response.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true", "Hi| 你|好|.|")]
    [InlineData("false", "Hi|Hi 你|Hi 你好|Hi 你好.|Hi 你好.")]
    public async Task DashScope_streams_increments_or_the_whole_so_far(string incremental, string expected)
    {
        string body = """{"input":{"messages":[{"role":"user","content":"Why?"}]},"parameters":{"result_format":"message","incremental_output":MODE}}""".Replace("MODE", incremental, StringComparison.Ordinal);
        IReadOnlyList<JsonNode> data = (await AskAsync(Answer, body, Generation, Sse)).Data();
        IReadOnlyList<JsonNode> parts = (await AskAsync(Answer, body, Multimodal, Sse)).Data();

        Assert.Equal(expected, string.Join('|', data.Select(chunk => (string?)Choice(chunk)["message"]!["content"])));
        Assert.Equal(expected, string.Join('|', parts.Select(chunk => (string?)Choice(chunk)["message"]!["content"]!.AsArray().FirstOrDefault()?["text"])));
        Assert.Equal(["null", "null", "null", "null", "stop"], data.Select(chunk => (string?)Choice(chunk)["finish_reason"]));
    }

    [Fact]
    public async Task DashScope_repeats_tool_calls_whole_when_cumulative_and_with_empty_ids_when_not()
    {
        Script script = Script.Answer("").WithToolCall("f", """{"a":1}""");
        string body = """{"input":{"messages":[{"role":"user","content":"Why?"}]},"parameters":{"incremental_output":MODE}}""";
        JsonNode[] cumulative = [.. (await AskAsync(script, body.Replace("MODE", "false", StringComparison.Ordinal), Generation, Sse)).Data().Select(Call)];
        JsonNode[] fragments = [.. (await AskAsync(script, body.Replace("MODE", "true", StringComparison.Ordinal), Generation, Sse)).Data().SkipLast(1).Select(Call)];

        Assert.Equal("""{"a":1}""", (string?)cumulative[^1]["function"]!["arguments"]);
        Assert.All(cumulative, call => Assert.Equal("call_1", (string?)call["id"]));
        Assert.Equal("""{"a":1}""", string.Concat(fragments.Select(call => (string?)call["function"]!["arguments"])));
        Assert.All(fragments.Skip(1), call => Assert.Equal("", (string?)call["id"]));

        static JsonNode Call(JsonNode chunk) => Choice(chunk)["message"]!["tool_calls"]![0]!;
    }

    [Fact]
    public async Task DashScope_thinks_in_increments_only()
    {
        Script script = Answer.WithReasoning("Hm, well.");
        string body = """{"input":{"messages":[{"role":"user","content":"Why?"}]},"parameters":{"incremental_output":MODE}}""";
        RawResponse refused = await AskAsync(script, body.Replace("MODE", "false", StringComparison.Ordinal), Generation, Sse);
        IReadOnlyList<JsonNode> data = (await AskAsync(script, body.Replace("MODE", "true", StringComparison.Ordinal), Generation, Sse)).Data();

        Assert.Equal(400, refused.Status);
        Assert.Equal("Hm, well.", string.Concat(data.Select(chunk => (string?)Choice(chunk)["message"]!["reasoning_content"])));
    }

    [Fact]
    public async Task DashScope_needs_its_header_to_stream_and_reports_errors_its_way()
    {
        string body = """{"input":{"messages":[{"role":"user","content":"Why?"}]},"parameters":{"result_format":"message"}}""";
        RawResponse whole = await AskAsync(Answer, body, Generation);
        RawResponse failed = await AskAsync(Answer.FailAt(0, ErrorFrame.Event("Bad", "InvalidParameter")), body, Generation, Sse);

        Assert.Equal("Hi 你好.", (string?)Choice(JsonNode.Parse(whole.Text)!)["message"]!["content"]);
        Assert.StartsWith("id:1\nevent:error\n:HTTP_STATUS/400\ndata:{\"code\":\"InvalidParameter\",\"message\":\"Bad\"", failed.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("false")]
    [InlineData("true")]
    public async Task DashScope_goes_on_with_a_partial_answer(string incremental)
    {
        string body = """{"input":{"messages":[{"role":"user","content":"Why?"},{"role":"assistant","content":"Hi 你","partial":true}]},"parameters":{"result_format":"message","incremental_output":MODE}}""".Replace("MODE", incremental, StringComparison.Ordinal);
        IReadOnlyList<JsonNode> data = (await AskAsync(Answer, body, Generation, Sse)).Data();

        Assert.Equal("好", (string?)Choice(data[0])["message"]!["content"]);
    }

    [Fact]
    public async Task Hunyuan_writes_its_own_form()
    {
        RawResponse response = await AskAsync(Answer.WithReasoning("Hm.").WithToolCall("f", "{}"), """{"Model":"h","Stream":true,"Messages":[{"Role":"user","Content":"Why?"}]}""", "/", "X-TC-Action: ChatCompletions");
        IReadOnlyList<JsonNode> data = response.Data();

        Assert.StartsWith("data: {\"Note\":", response.Text, StringComparison.Ordinal);
        Assert.Equal("Hi 你好.", string.Concat(data.Select(chunk => (string?)chunk["Choices"]![0]!["Delta"]!["Content"])));
        Assert.Equal("Hm.", string.Concat(data.Select(chunk => (string?)chunk["Choices"]![0]!["Delta"]!["ReasoningContent"])));
        Assert.All(data.Select(chunk => chunk["Choices"]![0]!["Delta"]!["ToolCalls"]?[0]).OfType<JsonNode>(), call => Assert.Equal("call_1", (string?)call["Id"]));
        Assert.Equal(["", "tool_calls"], data.Select(chunk => (string?)chunk["Choices"]![0]!["FinishReason"]).Distinct());
        Assert.DoesNotContain("[DONE]", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hunyuan_reports_a_wrong_request_with_status_200()
    {
        RawResponse response = await AskAsync(Answer, """{"Model":"h"}""", "/", "X-TC-Action: ChatCompletions");

        Assert.Equal(200, response.Status);
        Assert.NotNull(JsonNode.Parse(response.Text)!["Response"]!["Error"]!["Code"]);
    }

    private const string Gemini = "/v1beta/models/gemini-x:streamGenerateContent";
    private const string Contents = """{"contents":[{"role":"user","parts":[{"text":"Why?"}]}]}""";

    [Fact]
    public async Task Gemini_streams_events_with_CR_LF_and_usage_on_each()
    {
        RawResponse response = await AskAsync(Answer, Contents, Gemini + "?alt=sse");

        Assert.Equal("text/event-stream", response.Headers["Content-Type"]);
        Assert.StartsWith(
            """data: {"candidates":[{"content":{"parts":[{"text":"Hi"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":2,"candidatesTokenCount":1,"totalTokenCount":3},"modelVersion":"gemini-x","responseId":"gemini-00000000"}""" + "\r\n\r\n",
            response.Text,
            StringComparison.Ordinal);
        Assert.Equal("Hi 你好.", string.Concat(response.Data().Select(chunk => (string?)Part(chunk)["text"])));
        Assert.Equal("STOP", (string?)response.Data()[^1]["candidates"]![0]!["finishReason"]);
        Assert.DoesNotContain("\n", response.Text.Replace("\r\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(response.Text, (await AskAsync(Answer.WithLineEnds(LineEnd.CrLf), Contents, Gemini + "?alt=sse")).Text);
    }

    [Fact]
    public async Task Gemini_streams_an_array_or_answers_whole()
    {
        Script script = Answer.WithReasoning("Hm.").WithToolCall("f", """{"a":1}""").WithFinish("length");
        RawResponse array = await AskAsync(script, Contents, Gemini);
        JsonArray chunks = JsonNode.Parse(array.Text)!.AsArray();
        JsonNode whole = JsonNode.Parse((await AskAsync(script, Contents, "/v1beta/models/gemini-x:generateContent")).Text)!;

        Assert.Equal("application/json; charset=UTF-8", array.Headers["Content-Type"]);
        Assert.Contains("\n,\n", array.Text, StringComparison.Ordinal);
        Assert.Equal("Hm.", string.Concat(chunks.Select(chunk => Part(chunk!)).Where(part => part["thought"] is not null).Select(part => (string?)part["text"])));
        JsonNode call = Assert.Single(chunks, chunk => Part(chunk!)["functionCall"] is not null)!;
        Assert.Equal("""{"name":"f","args":{"a":1},"id":"call_1"}""", Part(call)["functionCall"]!.ToJsonString());
        Assert.Equal("MAX_TOKENS", (string?)whole["candidates"]![0]!["finishReason"]);
        Assert.Equal(["Hm.", "Hi 你好.", null], whole["candidates"]![0]!["content"]!["parts"]!.AsArray().Select(part => (string?)part!["text"]));
    }

    [Fact]
    public async Task Gemini_reports_errors_as_Google_does()
    {
        RawResponse wrong = await AskAsync(Answer, """{"model":"m","contents":[]}""", Gemini + "?alt=sse");
        RawResponse first = await AskAsync(Answer.FailAt(0, ErrorFrame.Data("Bad", "overloaded")), Contents, Gemini);
        RawResponse later = await AskAsync(Answer.FailAt(1, ErrorFrame.Data("Bad", "TIRED")), Contents, Gemini);

        Assert.Equal((400, "INVALID_ARGUMENT"), (wrong.Status, (string?)JsonNode.Parse(wrong.Text)!["error"]!["status"]));
        Assert.Equal("""[{"error":{"code":503,"message":"Bad","status":"UNAVAILABLE"}}]""", JsonNode.Parse(first.Text)!.ToJsonString());
        Assert.Equal("TIRED", (string?)JsonNode.Parse(later.Text)![1]!["error"]!["status"]);
        Assert.Equal(400, (await AskAsync(Answer, "{}", Gemini)).Status);
    }

    [Fact]
    public async Task Anthropic_writes_its_own_form()
    {
        Script script = Answer.WithReasoning("Hm.").WithToolCall("f", """{"a":1}""").WithToolCall("now", "{}");
        RawResponse response = await AskAsync(script, Message, "/v1/messages");
        IReadOnlyList<JsonNode> data = response.Data();

        Assert.StartsWith("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_", response.Text, StringComparison.Ordinal);
        Assert.EndsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", response.Text, StringComparison.Ordinal);
        Assert.Equal(["thinking", "text", "tool_use", "tool_use"], OfType("content_block_start").Select(start => (string?)start["content_block"]!["type"]));
        Assert.Equal([0, 1, 2, 3], OfType("content_block_stop").Select(stop => (int)stop["index"]!));
        Assert.Equal("Hi 你好.", Deltas(1, "text"));
        Assert.Equal("Hm.", Deltas(0, "thinking"));
        Assert.NotEqual("", Deltas(0, "signature"));
        Assert.Equal("""{"a":1}""", Deltas(2, "partial_json"));
        Assert.Equal("", Deltas(3, "partial_json"));
        JsonNode last = Assert.Single(OfType("message_delta"));
        Assert.Equal(("tool_use", 2), ((string?)last["delta"]!["stop_reason"], (int)last["usage"]!["input_tokens"]!));
        Assert.Single(OfType("ping"));

        IEnumerable<JsonNode> OfType(string type) => data.Where(json => (string?)json["type"] == type);
        string Deltas(int index, string field) =>
            string.Concat(OfType("content_block_delta").Where(json => (int)json["index"]! == index).Select(json => (string?)json["delta"]![field]));
    }

    [Fact]
    public async Task Anthropic_answers_whole_without_stream()
    {
        string body = Message.Replace("\"stream\":true,", "", StringComparison.Ordinal);
        JsonNode answer = JsonNode.Parse((await AskAsync(Answer.WithReasoning("Hm.").WithToolCall("f", """{"a":1}"""), body, "/v1/messages")).Text)!;

        Assert.Equal(["thinking", "text", "tool_use"], answer["content"]!.AsArray().Select(block => (string?)block!["type"]));
        Assert.Equal("""{"a":1}""", answer["content"]![2]!["input"]!.ToJsonString());
        Assert.Equal(("message", "tool_use"), ((string?)answer["type"], (string?)answer["stop_reason"]));
    }

    [Fact]
    public async Task Anthropic_reports_errors_its_way()
    {
        RawResponse limitless = await AskAsync(Answer, Message.Replace("\"max_tokens\":9,", "", StringComparison.Ordinal), "/v1/messages");
        string blank = Message.Replace("]}", ",{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"Hi \"}]}]}", StringComparison.Ordinal);
        RawResponse overloaded = await AskAsync(Script.Status(529), Message, "/v1/messages");
        RawResponse failed = await AskAsync(Answer.FailAt(0, ErrorFrame.Event("Overloaded", "overloaded_error")), Message, "/v1/messages");

        Assert.Equal((400, """{"type":"error","error":{"type":"invalid_request_error","message":"max_tokens: Field required"}}"""), (limitless.Status, limitless.Text));
        Assert.Contains("trailing whitespace", (await AskAsync(Answer, blank, "/v1/messages")).Text, StringComparison.Ordinal);
        Assert.Equal((529, "overloaded_error"), (overloaded.Status, (string?)JsonNode.Parse(overloaded.Text)!["error"]!["type"]));
        Assert.Equal("event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n", failed.Text);
    }

    [Theory]
    [InlineData("""{"role":"assistant","content":"Hi 你"}""", ContinuationKind.Prefill)]
    [InlineData("""{"role":"assistant","content":[{"type":"text","text":"Hi 你"}]},{"role":"user","content":"Your previous response was interrupted."}""", ContinuationKind.Instruction)]
    [InlineData("""{"role":"assistant","content":"Hi 你"},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"x"}]}""", ContinuationKind.None)]
    public async Task Anthropic_goes_on_with_an_answer(string messages, ContinuationKind kind)
    {
        await using var server = await ScriptedLlmServer.StartAsync(Answer);
        RawResponse response = await RawHttp.AskAsync(server, Message.Replace("]}", "," + messages + "]}", StringComparison.Ordinal), "/v1/messages");

        Assert.Equal(kind, server.Requests[0].Continuation);
        Assert.Equal(kind is ContinuationKind.None ? "Hi 你好." : "好.", string.Concat(response.Data().Select(json => (string?)(json["delta"] as JsonObject)?["text"])));
    }

    [Fact]
    public async Task A_dialect_that_is_given_answers_on_any_path()
    {
        await using var server = await ScriptedLlmServer.StartAsync(Answer, new() { Dialect = ChatDialect.DashScope });
        RawResponse response = await RawHttp.AskAsync(server, """{"input":{"prompt":"Why?"}}""", "/anything", Sse);

        Assert.Equal("/api/v1", server.BaseAddress.AbsolutePath);
        Assert.StartsWith("id:1\nevent:result", response.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_paths_are_not_there_but_for_the_models()
    {
        Assert.Equal(404, (await AskAsync(Answer, "{}", "/v1/embeddings")).Status);
        Assert.Equal("scripted-1", (string?)JsonNode.Parse((await AskAsync(Answer, "", "/v1/models")).Text)!["data"]![0]!["id"]);
    }

    private static JsonNode Part(JsonNode chunk) => chunk["candidates"]![0]!["content"]!["parts"]![0]!;

    private static JsonNode Choice(JsonNode chunk) => chunk["output"]!["choices"]![0]!;

    private static async Task<RawResponse> AskAsync(Script script, string body = RawHttp.Question, string? path = null, params string[] headers)
    {
        await using var server = await ScriptedLlmServer.StartAsync(script);
        return await RawHttp.AskAsync(server, body, path, headers);
    }
}
