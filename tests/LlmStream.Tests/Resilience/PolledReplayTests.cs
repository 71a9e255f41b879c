using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Resilience;

/// <summary>
/// A response that OpenAI keeps but does not stream anymore: its state is requested until it has ended, and the rest is delivered.
/// </summary>
public class PolledReplayTests
{
    private const string TooOld = """{"error":{"message":"This response can no longer be streamed because it is more than 5 minutes old","type":"invalid_request_error"}}""";
    private const string Pending = """{"id":"resp/1","object":"response","status":"in_progress","output":[{"id":"m","type":"message","status":"in_progress","content":[]}]}""";

    private static readonly string Begin = Event(0, "response.created", """ "response":{"id":"resp/1","status":"queued"} """)
        + Event(1, "response.output_item.added", """ "output_index":0,"item":{"id":"m","type":"message","role":"assistant","content":[]} """)
        + Event(2, "response.output_text.delta", """ "item_id":"m","output_index":0,"content_index":0,"delta":"The sky " """);

    private readonly FakeTimeProvider _time = new() { SkipDelays = true };

    [Fact]
    public async Task It_is_requested_until_it_has_ended()
    {
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.BadRequest, TooOld)
            .Answers(HttpStatusCode.OK, Pending).Answers(HttpStatusCode.OK, Pending.Replace("in_progress", "queued", StringComparison.Ordinal)).Answers(HttpStatusCode.OK, Ended());
        List<ChatDelta> deltas = await ReadAsync(server);

        Assert.Equal("The sky is blue.", string.Concat(deltas.Select(delta => delta.Text)));
        Assert.Equal(ChatFinishReason.Stop, deltas[^1].FinishReason);
        string polled = "https://llm.test/v1/responses/resp%2F1";
        Assert.Equal([polled + "?stream=true&starting_after=2", polled, polled, polled], server.Requests.Skip(1).Select(request => request.RequestUri!.AbsoluteUri));
        Assert.All(server.Requests.Skip(1), request => Assert.Equal(HttpMethod.Get, request.Method));
        Assert.Equal("application/json", server.Requests[^1].Headers.Accept.ToString());
        Assert.Equal([2, 2], Waits);
        ChatDelta first = Assert.Single(deltas, delta => delta.Seam is not null);
        Assert.Equal((ChatSeamKind.Replayed, 8, 3), (first.Seam!.Kind, first.Seam.TextOffset, first.Seam.Attempt));
    }

    [Fact]
    public async Task Reasoning_and_calls_are_completed_too()
    {
        string begin = Event(0, "response.created", """ "response":{"id":"resp/1"} """)
            + Event(1, "response.output_item.added", """ "output_index":0,"item":{"id":"r","type":"reasoning","summary":[]} """)
            + Event(2, "response.reasoning_summary_text.delta", """ "item_id":"r","output_index":0,"summary_index":0,"delta":"Loo" """)
            + Event(3, "response.output_item.added", """ "output_index":1,"item":{"id":"f","type":"function_call","call_id":"c","name":"look","arguments":""} """)
            + Event(4, "response.function_call_arguments.delta", """ "item_id":"f","output_index":1,"delta":"{\"x\"" """);
        const string output = """[{"id":"r","type":"reasoning","summary":[{"type":"summary_text","text":"Look."}]},{"id":"f","type":"function_call","call_id":"c","name":"look","arguments":"{\"x\":1}"},{"id":"g","type":"function_call","call_id":"d","name":"go","arguments":"{}"}]""";
        var server = new StubServer().Streams(begin).Answers(HttpStatusCode.BadRequest, TooOld).Answers(HttpStatusCode.OK, Ended(output: output));
        ChatStreamResult answer = await Client(server).StreamAsync(Body()).CollectAsync();

        Assert.Equal(("Look.", ChatFinishReason.ToolCalls), (answer.Reasoning, answer.FinishReason));
        Assert.Equal(["look {\"x\":1}", "go {}"], answer.ToolCalls.Select(call => $"{call.Name} {call.Arguments}"));
    }

    [Theory]
    [InlineData("failed", """ "error":{"code":"server_error","message":"Oh"}""")]
    [InlineData("cancelled", """ "error":null""")]
    [InlineData("incomplete", """ "incomplete_details":{"reason":"max_output_tokens"}""")]
    [InlineData("incomplete", """ "incomplete_details":{"reason":"content_filter"}""")]
    public async Task Its_status_means_what_the_last_event_of_a_stream_means(string status, string field)
    {
        string response = Ended(status, field);
        var polled = new StubServer().Streams(Begin).Answers(HttpStatusCode.BadRequest, TooOld).Answers(HttpStatusCode.OK, response);
        var streamed = new StubServer().Streams(Begin).Streams(Event(3, "response." + status, $""" "response":{response}"""));
        Assert.Equal(await OutcomeAsync(streamed), await OutcomeAsync(polled));
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("1", 2)]
    [InlineData("61", 2)] // longer than the options allow
    public async Task The_wait_that_a_response_asks_for_is_honoured(string retryAfter, int seconds)
    {
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.BadRequest, TooOld)
            .Answers(HttpStatusCode.OK, Pending, headers: ("Retry-After", retryAfter)).Answers(HttpStatusCode.OK, Ended());
        await ReadAsync(server);
        Assert.Equal([seconds], Waits);
    }

    [Fact]
    public async Task A_transient_error_of_a_request_for_the_state_is_waited_out()
    {
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.BadRequest, TooOld).Answers(HttpStatusCode.OK, Pending)
            .Answers(HttpStatusCode.TooManyRequests, headers: ("Retry-After", "9")).Answers(HttpStatusCode.BadGateway).Answers(HttpStatusCode.OK, Ended());
        List<ChatDelta> deltas = await ReadAsync(server);
        Assert.Equal("The sky is blue.", string.Concat(deltas.Select(delta => delta.Text)));
        Assert.Equal([2, 9, 2], Waits);
    }

    [Fact]
    public async Task So_many_errors_as_retries_are_allowed()
    {
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.BadRequest, TooOld).Answers(HttpStatusCode.OK, Pending);
        for (int i = 0; i < 10; i++) server.Answers(HttpStatusCode.BadGateway);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => Client(server).StreamAsync(Body()).CollectAsync());
        Assert.Equal((ChatStreamError.ServerError, "The sky "), (failure.Error, failure.Partial.Text));
        // The stream and the first state; its state 3 times more, until that attempt has failed; and the retry of that.
        Assert.InRange(server.Requests.Count, 7, 12);
    }

    [Fact]
    public async Task An_error_that_is_not_transient_ends_it()
    {
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.BadRequest, TooOld).Answers(HttpStatusCode.OK, Pending)
            .Answers(HttpStatusCode.NotFound, """{"error":{"message":"Gone"}}""").Streams(Begin.Replace("The sky ", "is blue.", StringComparison.Ordinal) + Event(3, "response.completed", """ "response":{"status":"completed","output":[]}"""));
        Assert.Equal("The sky is blue.", string.Concat((await ReadAsync(server)).Select(delta => delta.Text)));
        Assert.Equal(["POST", "GET", "GET", "GET", "POST"], server.Requests.Select(request => request.Method.Method));
    }

    [Fact]
    public async Task The_time_budget_of_the_first_delta_limits_it()
    {
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.BadRequest, TooOld);
        for (int i = 0; i < 1000; i++) server.Answers(HttpStatusCode.OK, Pending);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => Client(server, options => options.Timeouts = new LlmTimeoutOptions { FirstDelta = TimeSpan.FromSeconds(61) })
            .StreamAsync(Body()).CollectAsync());
        Assert.Equal((ChatStreamError.FirstDeltaTimeout, ChatResumeRefusal.BudgetSpent, "The sky "), (failure.Error, failure.ResumeRefusal, failure.Partial.Text));
        Assert.InRange(server.Requests.Count, 40, 110); // every 2 seconds, in each of the attempts
    }

    [Fact]
    public async Task An_answer_that_the_provider_does_not_know_is_not_asked_for_again()
    {
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.NotFound, """{"error":{"message":"Not found"}}""")
            .Streams(Begin.Replace("The sky ", "is blue.", StringComparison.Ordinal) + Event(3, "response.completed", """ "response":{"status":"completed","output":[]}"""));
        Assert.Equal("The sky is blue.", string.Concat((await ReadAsync(server)).Select(delta => delta.Text)));
        Assert.Equal(["POST", "GET", "POST"], server.Requests.Select(request => request.Method.Method));
    }

    [Fact]
    public async Task An_empty_replay_is_no_end()
    {
        var server = new StubServer().Streams(Begin).Streams("").Streams("").Answers(HttpStatusCode.OK, Ended());
        List<ChatDelta> deltas = await ReadAsync(server);
        Assert.Equal("The sky is blue.", string.Concat(deltas.Select(delta => delta.Text)));
        Assert.Equal([true, true, false], server.Requests.Skip(1).Select(request => request.RequestUri!.Query.Contains("stream=true", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_state_that_is_cut_off_is_requested_again()
    {
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.BadRequest, TooOld).Answers(HttpStatusCode.OK, Ended()[..^40]).Answers(HttpStatusCode.BadRequest, TooOld).Answers(HttpStatusCode.OK, Ended());
        List<ChatDelta> deltas = await ReadAsync(server, options => options.Retry = new LlmRetryOptions { MaxRetries = 5 });
        Assert.Equal("The sky is blue.", string.Concat(deltas.Select(delta => delta.Text)));
    }

    [Fact]
    public async Task It_is_cancelled_while_it_waits()
    {
        var time = new FakeTimeProvider();
        var server = new StubServer().Streams(Begin).Answers(HttpStatusCode.BadRequest, TooOld).Answers(HttpStatusCode.OK, Pending);
        using var cancellation = new CancellationTokenSource();
        IAsyncEnumerator<ChatDelta> deltas = Client(server, options => options.TimeProvider = time).StreamAsync(Body(), cancellation.Token).GetAsyncEnumerator(cancellation.Token);
        while (await deltas.MoveNextAsync() && deltas.Current.Text.Length == 0)
        {
        }

        Task<bool> next = deltas.MoveNextAsync().AsTask();
        await time.TimerSetAsync(TimeSpan.FromSeconds(2));
        await cancellation.CancelAsync();
        ChatStreamCanceledException canceled = await Assert.ThrowsAsync<ChatStreamCanceledException>(() => next);
        Assert.Equal("The sky ", canceled.Partial.Text);
        Assert.Equal(3, server.Requests.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(86_401)]
    public void The_interval_is_positive_and_at_most_a_day(int seconds) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new LlmResumeOptions { PollInterval = TimeSpan.FromSeconds(seconds) });

    // Without the time budgets, and the wait for the end of a body.
    private IEnumerable<double> Waits => _time.Delays.Select(delay => delay.TotalSeconds).Where(seconds => seconds is >= 2 and < 15);

    private async Task<List<ChatDelta>> ReadAsync(StubServer server, Action<LlmStreamOptions>? configure = null)
    {
        List<ChatDelta> deltas = [];
        await foreach (ChatDelta delta in Client(server, configure).StreamAsync(Body())) deltas.Add(delta);
        return deltas;
    }

    private async Task<string> OutcomeAsync(StubServer server)
    {
        try
        {
            ChatStreamResult answer = await Client(server, options => options.Resume = new LlmResumeOptions { MaxResumes = 1 }).StreamAsync(Body()).CollectAsync();
            return $"{answer.Text} {answer.FinishReason} {answer.Usage?.TotalTokenCount}";
        }
        catch (ChatStreamException failure)
        {
            return $"{failure.Error} {failure.IsTransient} {failure.ProviderCode} {failure.ProviderMessage} {failure.ResumeRefusal} {failure.Partial.Text}";
        }
    }

    private LlmStreamClient Client(StubServer server, Action<LlmStreamOptions>? configure = null) => server.Client(options =>
    {
        options.TimeProvider = _time;
        options.Provider = LlmProvider.OpenAIResponses with { BaseAddress = new Uri("https://llm.test/v1") };
        options.Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero };
        configure?.Invoke(options);
    });

    private static JsonObject Body() => new() { ["model"] = "m-1", ["input"] = "Why?", ["background"] = true };

    private static string Ended(string status = "completed", string? field = null, string? output = null)
    {
        output ??= """[{"id":"m","type":"message","role":"assistant","content":[{"type":"output_text","text":"The sky is blue."}]}]""";
        return $$"""
            {
              "id": "resp/1", "object": "response", "status": "{{status}}",{{field}}{{(field is null ? "" : ",")}}
              "output": {{output}},
              "usage": {"input_tokens": 5, "output_tokens": 7, "total_tokens": 12}
            }
            """.ReplaceLineEndings("\n");
    }

    private static string Event(int number, string type, string fields) => $$"""data: {"type":"{{type}}","sequence_number":{{number}},{{fields}}}""".ReplaceLineEndings("") + "\n\n";
}
