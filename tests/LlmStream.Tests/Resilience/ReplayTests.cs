using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Dialects;
using LlmStream.Dialects.Responses;
using LlmStream.Resilience;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Resilience;

/// <summary>How an answer that the provider keeps is replayed, and what happens if it is not kept.</summary>
public class ReplayTests
{
    private const string Deltas = "response.output_text.delta";

    private static readonly string Head = Event(0, "response.created", """ "response":{"id":"resp/1","model":"m-2","status":"queued"} """) + Event(1, "response.in_progress", """ "response":{"id":"resp/1"} """);

    private static readonly string Begin = Head + Event(2, "response.output_item.added", """ "output_index":0,"item":{"id":"m","type":"message","role":"assistant","content":[]} """) + Said(3, "The sky ");

    private static readonly string Rest = Said(4, "is ") + Said(5, "blue.") + End(6);

    [Fact]
    public async Task It_begins_after_the_last_event_that_was_decoded()
    {
        var server = new StubServer().Streams(Begin + Said(4, "is ")[..^9]).Streams(Rest);
        List<ChatDelta> deltas = await ReadAsync(server.Client(Options), Body());

        Assert.Equal("The sky is blue.", string.Concat(deltas.Select(delta => delta.Text)));
        Assert.Equal([HttpMethod.Post, HttpMethod.Get], server.Requests.Select(request => request.Method));
        Assert.Equal("https://llm.test/v1/responses/resp%2F1?stream=true&starting_after=3", server.Requests[1].RequestUri!.AbsoluteUri);
        Assert.Equal("", server.Bodies[1]);
        Assert.True(server.Requests[0].Headers.Contains("Idempotency-Key"));
        Assert.False(server.Requests[1].Headers.Contains("Idempotency-Key"));
        Assert.Equal("Bearer", server.Requests[1].Headers.Authorization!.Scheme);
        ChatDelta first = Assert.Single(deltas, delta => delta.Seam is not null);
        Assert.Equal(
            new ChatSeam
            {
                Attempt = 2,
                Provider = "openai-responses",
                Model = "m-1",
                TextOffset = 8,
                Reason = ChatStreamError.Truncated,
                Kind = ChatSeamKind.Replayed,
            },
            first.Seam);
        Assert.Equal(("is ", 8, "resp/1", "m-2", 2), (first.Text, first.TextOffset, first.Stream.Id, first.Stream.Model, first.Stream.Attempt));
    }

    [Fact]
    public async Task Each_attempt_is_listed_and_usage_is_not_counted_twice()
    {
        var server = new StubServer().Streams(Begin).Streams(Rest);
        ChatStreamResult answer = await server.Client(Options).StreamAsync(Body()).CollectAsync();

        Assert.True(answer.IsComplete);
        Assert.Equal([ChatStreamError.Truncated, null], answer.Attempts.Select(attempt => attempt.Error));
        Assert.Equal([null, 12L], answer.Attempts.Select(attempt => attempt.Usage?.TotalTokenCount));
        Assert.Equal(12, answer.Usage!.TotalTokenCount);
        // A replay generates nothing: its tokens are those of both attempts.
        Assert.Equal([false, true], answer.Attempts.Select(attempt => attempt.IsReplay));
        Assert.Equal(ChatTokenSource.Estimated, answer.Attempts[0].OutputTokens.Source);
        Assert.Equal(answer.Attempts[1].OutputTokens, answer.OutputTokens);
        Assert.Equal(ChatTokenSource.Reported, answer.OutputTokens.Source);
    }

    [Fact]
    public async Task Events_that_are_sent_again_are_skipped()
    {
        var server = new StubServer().Streams(Begin).Streams(Begin + Rest);
        Assert.Equal("The sky is blue.", (await server.Client(Options).StreamAsync(Body()).CollectAsync()).Text);
    }

    [Fact]
    public async Task A_replay_that_breaks_off_is_replayed_again()
    {
        var server = new StubServer().Streams(Begin).Streams(Said(4, "is ")).Answers(HttpStatusCode.BadGateway).Streams(Said(5, "blue.") + End(6));
        List<ChatDelta> deltas = await ReadAsync(server.Client(Options), Body());

        Assert.Equal("The sky is blue.", string.Concat(deltas.Select(delta => delta.Text)));
        Assert.Equal(["3", "4", "4"], server.Requests.Skip(1).Select(request => request.RequestUri!.Query.Split('=')[^1]));
        Assert.Equal([2, 4], deltas.Where(delta => delta.Seam is not null).Select(delta => delta.Seam!.Attempt));
    }

    [Fact]
    public async Task Before_the_first_delta_too_the_answer_is_replayed_and_not_retried()
    {
        var server = new StubServer().Streams(Head).Streams(Begin[Head.Length..] + Rest);
        Assert.Equal("The sky is blue.", (await server.Client(Options).StreamAsync(Body()).CollectAsync()).Text);
        Assert.Equal([HttpMethod.Post, HttpMethod.Get], server.Requests.Select(request => request.Method));
    }

    [Fact]
    public async Task Before_the_id_of_the_answer_is_known_the_request_is_retried()
    {
        var server = new StubServer().Streams(Head[..20]).Streams(Begin + Rest);
        Assert.Equal("The sky is blue.", (await server.Client(Options).StreamAsync(Body()).CollectAsync()).Text);
        Assert.All(server.Requests, request => Assert.Equal(HttpMethod.Post, request.Method));
    }

    [Fact]
    public async Task Half_a_surrogate_pair_is_completed_by_the_replay()
    {
        var server = new StubServer().Streams(Begin + Said(4, "\\ud83d")).Streams(Said(5, "\\ude00") + End(6));
        Assert.Equal("The sky 😀", (await server.Client(Options).StreamAsync(Body()).CollectAsync()).Text);
    }

    [Fact]
    public async Task Tool_calls_and_structured_output_are_replayed_too()
    {
        string call = Head + Event(2, "response.output_item.added", """ "output_index":0,"item":{"id":"f","type":"function_call","call_id":"c","name":"look","arguments":""} """)
            + Event(3, "response.function_call_arguments.delta", """ "item_id":"f","output_index":0,"delta":"{\"x\"" """);
        string rest = Event(4, "response.function_call_arguments.delta", """ "item_id":"f","output_index":0,"delta":":1}" """)
            + Event(5, "response.output_item.done", """ "output_index":0,"item":{"id":"f","type":"function_call","call_id":"c","name":"look","arguments":"{\"x\":1}"} """) + End(6);
        var server = new StubServer().Streams(call).Streams(rest);
        JsonObject body = Body();
        body["text"] = new JsonObject { ["format"] = new JsonObject { ["type"] = "json_object" } };
        ChatStreamResult answer = await server.Client(Options).StreamAsync(body).CollectAsync();

        Assert.Equal(("c", "look", "{\"x\":1}", true), Assert.Single(answer.ToolCalls) is var only ? (only.Id, only.Name, only.Arguments, only.IsComplete) : default);
    }

    [Theory]
    [InlineData("false", null)]
    [InlineData("true", ChatContinuation.Instruction)]
    public async Task If_the_answer_is_not_kept_or_the_options_exclude_a_replay_it_is_continued(string background, ChatContinuation? strategy)
    {
        var server = new StubServer().Streams(Begin).Streams(Begin.Replace("The sky ", "is blue.", StringComparison.Ordinal) + End(6));
        JsonObject body = Body();
        body["background"] = JsonNode.Parse(background);
        ChatStreamResult answer = await server.Client(options =>
        {
            Options(options);
            options.Resume = new LlmResumeOptions { Continuation = strategy };
        }).StreamAsync(body).CollectAsync();

        Assert.Equal("The sky is blue.", answer.Text);
        JsonArray input = JsonNode.Parse(server.Bodies[1])!["input"]!.AsArray();
        Assert.Equal(["user", "assistant", "user"], input.Select(item => (string)item!["role"]!));
        Assert.Equal(("Why?", "The sky "), ((string)input[0]!["content"]!, (string)input[1]!["content"]!));
    }

    [Fact]
    public async Task If_the_provider_has_not_kept_the_answer_it_is_continued()
    {
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.NotFound, """{"error":{"message":"Not found","code":"not_found"}}""")
            .Streams(Begin.Replace("The sky ", "is ", StringComparison.Ordinal)).Streams(Said(4, "blue.") + End(5));
        List<ChatDelta> deltas = await ReadAsync(server.Client(Options), Body());

        // The continuation is kept too: it is replayed, and joined to the partial answer.
        Assert.Equal("The sky is blue.", string.Concat(deltas.Select(delta => delta.Text)));
        Assert.Equal([HttpMethod.Post, HttpMethod.Get, HttpMethod.Post, HttpMethod.Get], server.Requests.Select(request => request.Method));
        Assert.Equal([ChatSeamKind.Appended, ChatSeamKind.Replayed], deltas.Where(delta => delta.Seam is not null).Select(delta => delta.Seam!.Kind));
    }

    [Fact]
    public async Task If_it_is_not_kept_and_cannot_be_continued_the_reason_is_stated()
    {
        string call = Head + Event(2, "response.output_item.added", """ "output_index":0,"item":{"id":"f","type":"function_call","call_id":"c","name":"look"} """);
        var server = new StubServer().Streams(call).Answers(HttpStatusCode.NotFound);
        var logged = new LogCollector();
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => server.Client(options =>
        {
            Options(options);
            options.LoggerFactory = logged;
        }).StreamAsync(Body()).CollectAsync());

        Assert.Equal((ChatStreamError.Truncated, ChatResumeRefusal.InsideToolCall), (failure.Error, failure.ResumeRefusal));
        Assert.Equal("look", Assert.Single(failure.Partial.ToolCalls).Name);
        Assert.Contains(logged.Lines, line => line.StartsWith("Warning 10 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task If_it_is_not_kept_and_no_attempt_is_left_it_is_not_continued()
    {
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.NotFound);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => server.Client(options =>
        {
            Options(options);
            options.Retry = new LlmRetryOptions { MaxRetries = 1 };
        }).StreamAsync(Body()).CollectAsync());

        Assert.Equal((ChatStreamError.Truncated, ChatResumeRefusal.BudgetSpent, 2), (failure.Error, failure.ResumeRefusal, failure.AttemptCount));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task An_answer_that_failed_is_not_replayed()
    {
        string failed = Event(4, "response.failed", """ "response":{"id":"resp/1","status":"failed","error":{"code":"server_error","message":"Oh"}} """);
        var server = new StubServer().Streams(Begin).Streams(failed).Streams(Begin.Replace("The sky ", "is blue.", StringComparison.Ordinal) + End(6));
        Assert.Equal("The sky is blue.", (await server.Client(Options).StreamAsync(Body()).CollectAsync()).Text);
        Assert.Equal([HttpMethod.Post, HttpMethod.Get, HttpMethod.Post], server.Requests.Select(request => request.Method));
    }

    [Theory]
    [InlineData(0, ChatResumeRefusal.TurnedOff, 1)]
    [InlineData(1, ChatResumeRefusal.BudgetSpent, 2)]
    public async Task It_has_a_limit(int resumes, ChatResumeRefusal refusal, int requests)
    {
        var server = new StubServer().Streams(Begin).Streams(Said(4, "is "));
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => server.Client(options =>
        {
            Options(options);
            options.Resume = new LlmResumeOptions { MaxResumes = resumes };
        }).StreamAsync(Body()).CollectAsync());

        Assert.Equal((refusal, requests), (failure.ResumeRefusal, server.Requests.Count));
        Assert.Equal(resumes == 0 ? "The sky " : "The sky is ", failure.Partial.Text);
    }

    [Fact]
    public async Task Retries_draw_on_the_same_budget()
    {
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.BadGateway).Answers(HttpStatusCode.BadGateway);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => server.Client(options =>
        {
            Options(options);
            options.Retry = new LlmRetryOptions { MaxRetries = 2 };
        }).StreamAsync(Body()).CollectAsync());

        Assert.Equal((ChatStreamError.ServerError, ChatResumeRefusal.BudgetSpent, 3), (failure.Error, failure.ResumeRefusal, failure.AttemptCount));
        Assert.Equal("The sky ", failure.Partial.Text);
    }

    [Fact]
    public async Task A_replay_may_be_the_whole_answer_in_one_piece()
    {
        const string whole = """{"id":"resp/1","object":"response","status":"completed","output":[{"id":"m","type":"message","role":"assistant","content":[{"type":"output_text","text":"The sky is blue."}]}],"usage":{"total_tokens":12}}""";
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.OK, whole);
        ChatStreamResult answer = await server.Client(Options).StreamAsync(Body()).CollectAsync();
        Assert.Equal(("The sky is blue.", true, 12L), (answer.Text, answer.IsComplete, answer.Usage!.TotalTokenCount));
    }

    [Fact]
    public async Task Text_that_the_replay_leaves_out_is_taken_from_the_final_event()
    {
        string begin = Begin + Event(4, "response.output_item.added", """ "output_index":1,"item":{"id":"f","type":"function_call","call_id":"c","name":"look"} """)
            + Event(5, "response.function_call_arguments.delta", """ "item_id":"f","output_index":1,"delta":"{\"x\"" """);
        const string response = """ "response":{"status":"completed","output":[{"id":"m","type":"message","content":[{"type":"output_text","text":"The sky is blue."}]},{"id":"f","type":"function_call","call_id":"c","name":"look","arguments":"{\"x\":1}"}]} """;
        var server = new StubServer().Streams(begin).Streams(Event(9, "response.completed", response));
        ChatStreamResult answer = await server.Client(Options).StreamAsync(Body()).CollectAsync();

        Assert.Equal(("The sky is blue.", "{\"x\":1}"), (answer.Text, Assert.Single(answer.ToolCalls).Arguments));
    }

    [Theory]
    [InlineData("{}", "responses", "responses/r?stream=true&starting_after=7")]
    [InlineData("""{"include":["reasoning.encrypted_content"],"stream_options":{"include_obfuscation":false}}""", "responses", "responses/r?stream=true&starting_after=7&include%5B%5D=reasoning.encrypted_content&include_obfuscation=false")]
    [InlineData("{}", "openai/responses?api-version=preview", "openai/responses/r?api-version=preview&stream=true&starting_after=7")]
    public void The_address_has_the_parameters_of_the_request(string body, string path, string expected) =>
        Assert.Equal(expected, new ResponsesDialect().DescribeReplays(JsonNode.Parse(body)!.AsObject(), LlmProvider.OpenAIResponses with { ChatPath = path }, new ReplayPoint("r", "7"))[0].Path);

    private static string Event(int number, string type, string fields) => $$"""data: {"type":"{{type}}","sequence_number":{{number}},{{fields}}}""" + "\n\n";

    private static string Said(int number, string text) => Event(number, Deltas, $""" "item_id":"m","output_index":0,"content_index":0,"delta":"{text}" """);

    private static string End(int number) => Event(number, "response.completed", """ "response":{"id":"resp/1","status":"completed","output":[],"usage":{"input_tokens":5,"output_tokens":7,"total_tokens":12}} """);

    private static JsonObject Body() => new() { ["model"] = "m-1", ["input"] = "Why?", ["background"] = true };

    private static void Options(LlmStreamOptions options) => options.Provider = LlmProvider.OpenAIResponses with { BaseAddress = new Uri("https://llm.test/v1") };

    private static async Task<List<ChatDelta>> ReadAsync(LlmStreamClient client, JsonObject body)
    {
        List<ChatDelta> deltas = [];
        await foreach (ChatDelta delta in client.StreamAsync(body)) deltas.Add(delta);
        return deltas;
    }
}
