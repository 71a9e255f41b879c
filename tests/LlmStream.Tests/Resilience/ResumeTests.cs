using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Resilience;

/// <summary>How an answer that breaks off is resumed, or why it is not, as a caller sees it.</summary>
public class ResumeTests
{
    private const string Head = """data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"The sky is "}}]}""" + "\n\n";
    private const string FinishedWithGarbage = """data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}""" + "\n\ndata: {{\n\n";

    private static JsonObject Body(params (string Name, JsonNode? Value)[] more)
    {
        var body = new JsonObject { ["model"] = "m-1", ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Why is the sky blue?" }) };
        foreach ((string name, JsonNode? value) in more) body[name] = value;
        return body;
    }

    public static TheoryData<ChatResumeRefusal, string, string?> Refusals => new()
    {
        { ChatResumeRefusal.NotTransient, Head + """data: {"error":{"message":"No","code":"invalid_request"}}""" + "\n\n", null },
        { ChatResumeRefusal.NotTransient, Head + "data: {{{\n\n", null },
        { ChatResumeRefusal.NothingToGain, FinishedWithGarbage, null },
        { ChatResumeRefusal.NothingToGain, """data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}],"error":{"message":"Bad gateway","code":502}}""" + "\n\n", null },
        { ChatResumeRefusal.NothingToGain, """data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}""" + "\n\n" + """data: {"choices":[{"index":1,"delta":{"content":"b"}}]}""" + "\n\n", null },
        { ChatResumeRefusal.InsideToolCall, Head + """data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{\"a\""}}]}}]}""" + "\n\n", null },
        { ChatResumeRefusal.SeveralChoices, Head, """{"n":2}""" },
        { ChatResumeRefusal.SeveralChoices, Head + """data: {"choices":[{"index":1,"delta":{"content":"b"}}]}""" + "\n\n", null },
        { ChatResumeRefusal.StructuredOutput, Head, """{"response_format":{"type":"json_object"}}""" },
        { ChatResumeRefusal.StructuredOutput, Head, """{"response_format":{"type":"json_schema","json_schema":{}}}""" },
        { ChatResumeRefusal.ContentFiltered, """data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"content_filter"}]}""" + "\n\ndata: {{\n\n", null },
        { ChatResumeRefusal.ContentFiltered, """data: {"choices":[{"index":0,"delta":{"refusal":"I ca"}}]}""" + "\n\n", null },
        { ChatResumeRefusal.ReasoningNotResumable, """data: {"choices":[{"index":0,"delta":{"reasoning_content":"Hm"}}]}""" + "\n\n", null },
        { ChatResumeRefusal.NoConversation, Head, """{"messages":null,"prompt":"Why?"}""" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_resume_that_might_be_wrong_is_refused_with_the_reason(ChatResumeRefusal refusal, string stream, string? fields)
    {
        JsonObject body = Body();
        foreach ((string name, JsonNode? value) in JsonNode.Parse(fields ?? "{}")!.AsObject()) body[name] = value?.DeepClone();
        await AssertRefusedAsync(refusal, new StubServer().Streams(stream), body, _ => { });
    }

    [Fact]
    public async Task Raw_events_are_delivered_across_the_seam()
    {
        var server = new StubServer().Streams(Head).Streams("data: {\"choices\":[]}\n\n" + Head.Replace("The sky is ", "", StringComparison.Ordinal) + StubServer.Chunk("blue.") + StubServer.Finish);
        List<ChatDelta> deltas = [];
        await foreach (ChatDelta delta in server.Client(options => options.Read = new ChatReadOptions { KeepRaw = true }).StreamAsync(Body())) deltas.Add(delta);

        Assert.Equal(6, deltas.Count(delta => delta.Raw is not null));
        Assert.Equal("blue.", Assert.Single(deltas, delta => delta.Seam is not null).Text);
        Assert.Equal("The sky is blue.", deltas.Aggregate("", (text, delta) => text[..delta.TextOffset] + delta.Text));
    }

    [Fact]
    public async Task It_can_be_turned_off() =>
        await AssertRefusedAsync(ChatResumeRefusal.TurnedOff, new StubServer().Streams(Head), Body(), options => options.Resume = LlmResumeOptions.Off);

    [Fact]
    public async Task A_partial_answer_that_is_too_long_is_not_sent_back() =>
        await AssertRefusedAsync(ChatResumeRefusal.PartialTooLong, new StubServer().Streams(Head), Body(), options => options.Resume = new LlmResumeOptions { MaxPartialCharacters = 10 });

    [Fact]
    public async Task Retries_and_resumes_draw_on_one_budget()
    {
        var server = new StubServer().Answers(HttpStatusCode.BadGateway).Streams(Head).Streams(StubServer.Chunk("blue, "));
        await AssertRefusedAsync(ChatResumeRefusal.BudgetSpent, server, Body(), options => options.Retry = new LlmRetryOptions { MaxRetries = 2 }, "The sky is blue, ", attempts: 3);
    }

    [Fact]
    public async Task Resumes_have_their_own_limit()
    {
        var server = new StubServer().Streams(Head).Streams(StubServer.Chunk("blue, ")).Streams(StubServer.Chunk("mostly"));
        await AssertRefusedAsync(ChatResumeRefusal.BudgetSpent, server, Body(), options => options.Resume = new LlmResumeOptions { MaxResumes = 2 }, "The sky is blue, mostly", attempts: 3);
    }

    [Fact]
    public async Task A_server_that_breaks_off_each_time_is_given_up()
    {
        var server = new StubServer();
        for (int i = 0; i < 4; i++) server.Streams(Head);
        await AssertRefusedAsync(
            ChatResumeRefusal.BudgetSpent, server, Body(), options => options.Resume = new LlmResumeOptions { Continuation = ChatContinuation.Restart }, "The sky is ", attempts: 4);
    }

    [Fact]
    public async Task The_delay_that_the_server_asks_for_before_a_resume_is_used()
    {
        var time = new FakeTimeProvider { SkipDelays = true };
        var server = new StubServer().Streams(Head).Answers(HttpStatusCode.TooManyRequests, headers: ("Retry-After", "7")).Streams(StubServer.Stream("blue."));
        ChatStreamResult result = await server.Client(options => options.TimeProvider = time).StreamAsync(Body()).CollectAsync();

        Assert.Equal("The sky is blue.", result.Text);
        Assert.Equal(TimeSpan.FromSeconds(7), Assert.Single(time.Delays));
    }

    [Fact]
    public async Task A_longer_delay_than_the_limit_is_refused()
    {
        var server = new StubServer().Streams(Head).Answers(HttpStatusCode.TooManyRequests, headers: ("Retry-After", "3600"));
        ChatStreamException failure = await AssertRefusedAsync(ChatResumeRefusal.WaitTooLong, server, Body(), _ => { }, attempts: 2);
        Assert.Equal(TimeSpan.FromHours(1), failure.RetryAfter);
    }

    [Fact]
    public async Task The_seam_is_visible_and_role_and_finish_reason_occur_once()
    {
        var server = new StubServer()
            .Streams(Head + """data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}""" + "\n\n")
            .Streams("""data: {"id":"c-2","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}""" + "\n\n" + StubServer.Chunk("blue.")
                + """data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":15,"completion_tokens":2,"total_tokens":17}}""" + "\n\ndata: [DONE]\n\n");
        var deltas = new List<ChatDelta>();
        await foreach (ChatDelta delta in server.Client().StreamAsync(Body(("max_tokens", 10)))) deltas.Add(delta);

        Assert.Single(deltas, delta => delta.Role is not null);
        Assert.Single(deltas, delta => delta.FinishReason is not null);
        ChatDelta first = Assert.Single(deltas, delta => delta.Seam is not null);
        Assert.Equal(
            new ChatSeam
            {
                Attempt = 2,
                Provider = "compatible",
                Model = "m-1",
                TextOffset = 11,
                Reason = ChatStreamError.Truncated,
                Kind = ChatSeamKind.Appended,
            },
            first.Seam);
        Assert.Equal(("blue.", 11, 2), (first.Text, first.TextOffset, first.Stream.Attempt));

        ChatStreamResult result = await ToAsync(deltas).CollectAsync();
        Assert.Equal("The sky is blue.", result.Text);
        Assert.Equal([(1, 12L, false), (2, 17L, true)], result.Attempts.Select(a => (a.Number, a.Usage!.TotalTokenCount!.Value, a.IsUsageFinal)));
        Assert.Equal(29, result.Usage!.TotalTokenCount);
        Assert.Equal(7, (int)JsonNode.Parse(server.Bodies[1])!["max_tokens"]!); // 3 of the 10 have been generated
    }

    [Fact]
    public async Task A_prefill_that_is_refused_is_replaced_by_an_instruction()
    {
        var server = new StubServer().Streams(Head)
            .Answers(HttpStatusCode.BadRequest, """{"error":{"message":"This model does not support assistant message prefill. The conversation must end with a user message."}}""")
            .Streams(StubServer.Stream("blue."));
        var logged = new LogCollector();
        LlmStreamClient client = server.Client(options =>
        {
            options.LoggerFactory = logged;
            options.Resume = new LlmResumeOptions { Continuation = ChatContinuation.Prefill };
        });

        Assert.Equal("The sky is blue.", (await client.StreamAsync(Body()).CollectAsync()).Text);
        Assert.Equal(["user", "assistant"], RolesOf(server.Bodies[1]));
        Assert.Equal(["user", "assistant", "user"], RolesOf(server.Bodies[2]));
        Assert.Contains(logged.Lines, line => line.StartsWith("Warning 9 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_instruction_is_in_the_language_of_the_conversation_unless_the_options_state_it()
    {
        Assert.Contains("cut off", await InstructionAsync(Body(), _ => { }), StringComparison.Ordinal);
        var chinese = new JsonObject { ["model"] = "m", ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "为什么天空是蓝色的？请用 Markdown 回答。" }) };
        Assert.Contains("接着写", await InstructionAsync(chinese, _ => { }), StringComparison.Ordinal);
        Assert.Equal("Go on!", await InstructionAsync(Body(), options => options.Resume = new LlmResumeOptions { Instruction = "Go on!" }));
    }

    [Theory]
    [InlineData("deepseek", "deepseek-chat", "prefix")]
    [InlineData("deepseek", "deepseek-reasoner", null)]
    [InlineData("mistral", "mistral-small-latest", "prefix")]
    [InlineData("qwen", "qwen-plus", "partial")]
    [InlineData("qwen", "qwen3-235b-a22b-thinking-2507", null)]
    [InlineData("moonshot", "kimi-latest", "partial")]
    [InlineData("openai", "gpt-5-mini", null)]
    [InlineData("openrouter", "meta/llama", "")]
    [InlineData("openrouter", "anthropic/claude-sonnet-5", null)]
    [InlineData("openrouter", "anthropic/claude-sonnet-4.5", "")]
    [InlineData("vllm", "m", "continue_final_message")]
    public async Task Each_provider_and_model_has_its_continuation(string provider, string model, string? flag)
    {
        var server = new StubServer().Streams(Head).Streams(StubServer.Stream(provider == "mistral" ? "The sky is blue." : "blue."));
        JsonObject body = Body();
        body["model"] = model;
        ChatStreamResult result = await server.Client(options => options.Provider = LlmProvider.Parse(provider)).StreamAsync(body).CollectAsync();

        Assert.Equal("The sky is blue.", result.Text);
        JsonNode sent = JsonNode.Parse(server.Bodies[1])!;
        JsonArray messages = sent["messages"]!.AsArray();
        Assert.Equal(flag is null ? ["user", "assistant", "user"] : ["user", "assistant"], RolesOf(server.Bodies[1]));
        Assert.Equal(flag is null ? "The sky is " : "The sky is", (string)messages[1]!["content"]!);
        if (flag is "prefix" or "partial") Assert.True((bool)messages[1]![flag]!);
        if (flag is "continue_final_message") Assert.Equal((true, false), ((bool)sent[flag]!, (bool)sent["add_generation_prompt"]!));
        Assert.Equal(provider == "deepseek" && flag is not null, server.Requests[1].RequestUri!.AbsolutePath.StartsWith("/beta/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_model_that_starts_over_is_an_error_or_a_seam_depending_on_the_options()
    {
        StubServer Server() => new StubServer().Streams(Head).Streams(StubServer.Stream("The sea is deep."));
        await AssertRefusedAsync(ChatResumeRefusal.StartedOver, Server(), Body(), options => options.Resume = new LlmResumeOptions { Continuation = ChatContinuation.Restart }, attempts: null);

        StubServer server = Server();
        LlmStreamClient client = server.Client(options => options.Resume = new LlmResumeOptions { Continuation = ChatContinuation.Restart, RestartPolicy = ChatRestartPolicy.Deliver });
        var deltas = new List<ChatDelta>();
        await foreach (ChatDelta delta in client.StreamAsync(Body())) deltas.Add(delta);
        ChatDelta restart = Assert.Single(deltas, delta => delta.Seam is not null);
        Assert.Equal((ChatSeamKind.Restarted, 11, 5), (restart.Seam!.Kind, restart.Seam.TextOffset, restart.TextOffset));
        Assert.Equal("The sea is deep.", (await ToAsync(deltas).CollectAsync()).Text);
    }

    [Fact]
    public async Task A_partial_tool_call_is_marked_and_a_complete_one_before_it_is_kept()
    {
        const string Calls = """
            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]}}]}

            data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"b","function":{"name":"g","arguments":"{\"y\""}}]}}]}


            """;
        ChatStreamException failure = await AssertRefusedAsync(ChatResumeRefusal.InsideToolCall, new StubServer().Streams(Calls), Body(), _ => { }, "");
        Assert.Equal([("a", "{\"x\":1}", true), ("b", "{\"y\"", false)], failure.Partial.ToolCalls.Select(call => (call.Id, call.Arguments, call.IsComplete)));
    }

    [Fact]
    public async Task A_prefill_of_the_request_precedes_the_partial_answer()
    {
        var server = new StubServer().Streams(Head).Streams(StubServer.Stream("blue."));
        JsonObject body = Body();
        body["messages"]!.AsArray().Add((JsonNode)new JsonObject { ["role"] = "assistant", ["content"] = "Well: ", ["prefix"] = true });
        await server.Client(options => options.Resume = new LlmResumeOptions { Continuation = ChatContinuation.PrefixFlag }).StreamAsync(body).CollectAsync();

        Assert.Equal(["user", "assistant"], RolesOf(server.Bodies[1]));
        Assert.Equal("Well: The sky is", (string)JsonNode.Parse(server.Bodies[1])!["messages"]![1]!["content"]!);
    }

    [Theory]
    [InlineData(false, "The The sky is")]
    [InlineData(true, "The sky is")]
    public async Task A_prefill_of_the_request_is_left_out_only_if_the_provider_has_echoed_it(bool echoes, string expected)
    {
        var server = new StubServer().Streams(Head).Streams(StubServer.Stream("blue."));
        JsonObject body = Body();
        body["messages"]!.AsArray().Add((JsonNode)new JsonObject { ["role"] = "assistant", ["content"] = "The " });
        LlmStreamClient client = server.Client(options => options.Provider = options.Provider with { Continuation = ChatContinuation.Prefill, EchoesPrefix = echoes });
        await client.StreamAsync(body).CollectAsync();

        Assert.Equal(expected, (string)JsonNode.Parse(server.Bodies[1])!["messages"]![1]!["content"]!);
    }

    [Fact]
    public async Task The_limit_of_the_text_applies_to_all_attempts_together()
    {
        var server = new StubServer().Streams(Head).Streams(StubServer.Stream("blue, blue, blue, blue."));
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(
            () => server.Client(options => options.Read = new ChatReadOptions { MaxAnswerCharacters = 30 }).StreamAsync(Body()).CollectAsync());
        Assert.Equal(ChatStreamError.TooLarge, failure.Error);
        Assert.Equal("The sky is ", failure.Partial.Text); // the delta that exceeds it is not delivered
    }

    [Fact]
    public async Task An_answer_of_which_only_the_usage_has_arrived_is_resumed_and_may_break_off_again()
    {
        const string Usage = """data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":0,"total_tokens":9}}""" + "\n\n";
        var server = new StubServer().Streams(Usage).Streams(Head).Streams(StubServer.Stream("blue."));
        ChatStreamResult result = await server.Client().StreamAsync(Body()).CollectAsync();

        Assert.Equal("The sky is blue.", result.Text);
        Assert.Equal([1, 2, 3], result.Attempts.Select(attempt => attempt.Number));
    }

    private static async Task<string> InstructionAsync(JsonObject body, Action<LlmStreamOptions> configure)
    {
        var server = new StubServer().Streams(Head).Streams(StubServer.Stream("blue."));
        await server.Client(configure).StreamAsync(body).CollectAsync();
        return (string)JsonNode.Parse(server.Bodies[1])!["messages"]!.AsArray()[^1]!["content"]!;
    }

    private static string[] RolesOf(string body) => [.. JsonNode.Parse(body)!["messages"]!.AsArray().Select(message => (string)message!["role"]!)];

    private static async IAsyncEnumerable<ChatDelta> ToAsync(IEnumerable<ChatDelta> deltas)
    {
        await Task.CompletedTask;
        foreach (ChatDelta delta in deltas) yield return delta;
    }

    private static async Task<ChatStreamException> AssertRefusedAsync(
        ChatResumeRefusal refusal, StubServer server, JsonObject body, Action<LlmStreamOptions> configure, string? text = null, int? attempts = 1)
    {
        var logged = new LogCollector();
        LlmStreamClient client = server.Client(options =>
        {
            options.LoggerFactory = logged;
            configure(options);
        });
        string got = "";
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (ChatDelta delta in client.StreamAsync(body)) got = delta.ChoiceIndex > 0 ? got : got[..delta.TextOffset] + delta.Text;
        });

        Assert.Equal(refusal, failure.ResumeRefusal);
        Assert.Equal(got, failure.Partial.Text);
        if (text is not null) Assert.Equal(text, got);
        if (attempts is not null) Assert.Equal(attempts, failure.AttemptCount);
        if (attempts is not null) Assert.Equal(attempts, server.Requests.Count);
        Assert.Single(logged.Lines, line => line.StartsWith("Warning 8 ", StringComparison.Ordinal) && line.Contains($"not resumed: {refusal}", StringComparison.Ordinal));
        return failure;
    }
}
