using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using CsCheck;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Resilience;

/// <summary>
/// Whatever the attempts of an answer bring and however they break off: what was delivered, applied by offset, is the partial answer.
/// </summary>
public class PartialPropertyTests
{
    private const string Usage = """data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12}}""" + "\n\n";
    private const string Failure = """data: {"error":{"message":"Overloaded","code":503}}""" + "\n\n";

    // Deltas of an OpenAI stream. The texts repeat each other's beginnings, so that attempts overlap, repeat, and start over.
    private static readonly Gen<string> Event = Gen.Frequency(
        (12, Gen.OneOfConst(Text("The quick brown fox jumps over"), Text(" it."), Text("fox jumps over it"), Text("The quick brown fox jumps high"), Text("a"), Text("  "), Text("🌊 世"))),
        (3, Gen.OneOfConst(Delta("\"reasoning_content\":\"I think so. \""), Delta("\"reasoning_content\":\"No.\",\"content\":\"b\""))),
        (2, Gen.OneOfConst(Call(0, "\"id\":\"a\",\"function\":{\"name\":\"pay\",\"arguments\":\"{\\\"x\\\"\"}"), Call(0, "\"function\":{\"arguments\":\":1}\"}"))),
        (1, Gen.OneOfConst(Call(1, "\"id\":\"b\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}"), Delta("\"refusal\":\"I cannot\""))),
        (2, Gen.OneOfConst(Usage, Delta("\"role\":\"assistant\",\"content\":\"\""), ": keep-alive\n\n", "data: {\"choices\":[]}\n\n")),
        (2, Gen.OneOfConst(Delta("\"content\":\"Blue\"", choice: 1), Delta("\"reasoning_content\":\"Hm\"", choice: 1))),
        (1, Gen.Const("""data: {"choices":[{"index":0,"delta":{"content":"c"}},{"index":1,"delta":{"content":"d"}}]}""" + "\n\n")),
        (1, Gen.Const(Delta("\"reasoning_details\":[{\"type\":\"reasoning.encrypted\",\"data\":\"abc\",\"id\":\"r\"}]"))));

    private static readonly Gen<string> Ending = Gen.Frequency(
        (6, Gen.Const("")),
        (2, Gen.Const(Failure)),
        (2, Gen.Const(StubServer.Finish)),
        (1, Gen.OneOfConst("data: {{{\n\n", "data: {\"choices\":[{\"del", """data: {"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}""" + "\n\n")));

    private static readonly Gen<Answer> Attempt = Gen.Frequency(
        (8, Gen.Select(Event.Array[0, 6], Ending, (events, ending) => new Answer(HttpStatusCode.OK, string.Concat(events) + ending))),
        (1, Gen.OneOfConst(
            new Answer(HttpStatusCode.BadRequest, """{"error":{"message":"No prefill."}}"""),
            new Answer(HttpStatusCode.ServiceUnavailable, "{}"),
            new Answer(HttpStatusCode.InternalServerError, """{"error":{"message":"Cannot have 2 or more assistant messages at the end of the list."}}"""))));

    private static readonly Gen<Setup> Setups = Gen.Select(
        Gen.OneOfConst<ChatContinuation?>(null, ChatContinuation.Prefill, ChatContinuation.Restart, ChatContinuation.Instruction, ChatContinuation.PrefixFlag),
        Gen.OneOfConst(ChatRestartPolicy.Fail, ChatRestartPolicy.Deliver),
        Gen.OneOfConst(12, 40, 1_000),
        (strategy, policy, maximum) => new Setup(strategy, policy, maximum));

    [Fact]
    public Task A_failure_has_exactly_what_was_delivered() => Gen.Select(Attempt.Array[1, 5], Setups).SampleAsync(
        async (attempts, setup) =>
        {
            (AppliedAnswer delivered, Exception? ending) = await RunAsync(attempts, setup, cancelAfter: null);
            if (ending is null) return;
            ChatStreamException failure = Assert.IsType<ChatStreamException>(ending);
            Assert.Equal(delivered.ToString(), AppliedAnswer.Describe(failure.Partial));
            Assert.InRange(failure.AttemptCount, 1, 4);
        },
        iter: 1_500, threads: 1);

    [Fact]
    public Task A_cancellation_has_exactly_what_was_delivered() => Gen.Select(Attempt.Array[1, 4], Setups, Gen.Int[1, 12]).SampleAsync(
        async (attempts, setup, cancelAfter) =>
        {
            (AppliedAnswer delivered, Exception? ending) = await RunAsync(attempts, setup, cancelAfter);
            ChatStreamResult? partial = (ending as ChatStreamCanceledException)?.Partial ?? (ending as ChatStreamException)?.Partial;
            if (partial is not null) Assert.Equal(delivered.ToString(), AppliedAnswer.Describe(partial));
            else Assert.Null(ending);
        },
        iter: 1_500, threads: 1);

    [Fact]
    public Task A_cancelled_stream_has_exactly_what_was_delivered() => Gen.Select(Event.Array[1, 8], Gen.Int[1, 8]).SampleAsync(
        async (events, cancelAfter) =>
        {
            using var cancellation = new CancellationTokenSource();
            var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(string.Concat(events)));
            (AppliedAnswer delivered, Exception? ending) = await DrainAsync(ChatStreamReader.ReadAsync(stream, ChatDialect.OpenAI, null, cancellation.Token), cancelAfter, cancellation);
            ChatStreamResult partial = (ending as ChatStreamCanceledException)?.Partial ?? Assert.IsType<ChatStreamException>(ending).Partial;
            Assert.Equal(delivered.ToString(), AppliedAnswer.Describe(partial));
        },
        iter: 1_500, threads: 1);

    private static async Task<(AppliedAnswer Delivered, Exception? Ending)> RunAsync(Answer[] attempts, Setup setup, int? cancelAfter)
    {
        using var cancellation = new CancellationTokenSource();
        var server = new StubServer();
        foreach ((HttpStatusCode status, string content) in attempts) server.Answers(status, content, status == HttpStatusCode.OK ? "text/event-stream" : "application/json");
        for (int i = attempts.Length; i < 5; i++) server.Streams("");
        LlmStreamClient client = server.Client(options =>
        {
            options.Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero };
            options.Resume = new LlmResumeOptions { Continuation = setup.Continuation, RestartPolicy = setup.Policy };
            options.Read = new ChatReadOptions { MaxAnswerCharacters = setup.Maximum };
        });
        var body = new JsonObject { ["model"] = "m", ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Why?" }) };
        return await DrainAsync(client.StreamAsync(body, cancellation.Token), cancelAfter, cancellation);
    }

    private static async Task<(AppliedAnswer Delivered, Exception? Ending)> DrainAsync(
        IAsyncEnumerable<ChatDelta> deltas, int? cancelAfter, CancellationTokenSource cancellation)
    {
        var delivered = new AppliedAnswer();
        try
        {
            await foreach (ChatDelta delta in deltas)
            {
                delivered.Apply(delta);
                if (--cancelAfter == 0) await cancellation.CancelAsync();
            }
        }
        catch (Exception exception) when (exception is ChatStreamException or OperationCanceledException)
        {
            return (delivered, exception);
        }

        return (delivered, null);
    }

    private static string Text(string text) => Delta($"\"content\":\"{text}\"");

    private static string Call(int index, string call) => Delta($"\"tool_calls\":[{{\"index\":{index},{call}}}]");

    private static string Delta(string delta, int choice = 0) =>
        string.Create(CultureInfo.InvariantCulture, $"data: {{\"choices\":[{{\"index\":{choice},\"delta\":{{{delta}}}}}]}}\n\n");

    private sealed record Answer(HttpStatusCode Status, string Content);

    private sealed record Setup(ChatContinuation? Continuation, ChatRestartPolicy Policy, int Maximum);
}
