using System.Net;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Resilience;

/// <summary>What an answer cost: each number is reported, estimated or unknown, of each attempt and in total.</summary>
public class BillTests
{
    // 21 characters are about 7 tokens, and a message has 4 more.
    private const string Question = "Why is the sky blue?!";

    private static string Usage(string fields) => """data: {"choices":[],"usage":{""" + fields + "}}\n\n";

    private static readonly string Reported = Usage("\"prompt_tokens\":9,\"completion_tokens\":5,\"total_tokens\":14");

    private static string Whole(string usage) => StubServer.Chunk("The sky is ") + StubServer.Finish.Replace("data: [DONE]\n\n", usage + "data: [DONE]\n\n", StringComparison.Ordinal);

    [Theory]
    [InlineData("\"prompt_tokens\":9,\"completion_tokens\":5,\"total_tokens\":14", "9", "5", 9L, 5L)]
    [InlineData("\"total_tokens\":14", "~11", "~4", null, null)]
    [InlineData("\"completion_tokens\":5", "~11", "5", null, 5L)]
    [InlineData("\"prompt_tokens\":9", "9", "~4", 9L, null)]
    [InlineData("\"prompt_tokens\":0,\"completion_tokens\":0,\"total_tokens\":0", "~11", "~4", null, 0L)] // a gateway that does not count
    [InlineData("", "~11", "~4", null, null)]
    public async Task Of_a_complete_answer(string usage, string input, string output, long? reportedInput, long? reportedOutput)
    {
        var server = new StubServer().Streams(Whole(usage.Length == 0 ? "" : Usage(usage)));
        ChatStreamResult answer = await server.Client().StreamAsync(Question).CollectAsync();

        Assert.Equal([$"1: {input} in, {output} out"], Bill(answer));
        Assert.Equal((input, output), (answer.InputTokens.ToString(), answer.OutputTokens.ToString()));
        Assert.Equal((reportedInput, reportedOutput), (answer.Usage?.InputTokenCount, answer.Usage?.OutputTokenCount));
    }

    [Fact]
    public async Task Of_an_answer_that_was_resumed()
    {
        var server = new StubServer().Streams(StubServer.Chunk("The sky is ")).Streams(Whole(Reported));
        List<ChatDelta> deltas = await server.Client().StreamAsync(Question).ToListAsync();
        ChatStreamResult answer = await deltas.ToAsyncEnumerable().CollectAsync();

        Assert.Equal(["1: ~11 in, ~4 out, Truncated", "2: 9 in, 5 out"], Bill(answer));
        Assert.Equal(("~20", "~9"), (answer.InputTokens.ToString(), answer.OutputTokens.ToString()));
        Assert.Equal((9L, 5L), (answer.Usage!.InputTokenCount!.Value, answer.Usage.OutputTokenCount!.Value)); // what was reported
        Assert.True(answer.Attempts[1].IsUsageFinal);
    }

    [Fact]
    public async Task The_request_of_a_continuation_has_the_partial_answer_as_input()
    {
        string text = string.Concat(Enumerable.Repeat("0123456789", 100)); // 300 tokens
        var server = new StubServer().Streams(StubServer.Chunk(text)).Streams(StubServer.Stream("."));
        ChatStreamResult answer = await server.Client(options => options.Resume = new LlmResumeOptions { Continuation = ChatContinuation.Prefill })
            .StreamAsync(Question).CollectAsync();
        Assert.Equal(["1: ~11 in, ~300 out, Truncated", "2: ~315 in, ~1 out"], Bill(answer)); // 7 + 300 and two messages
    }

    [Fact]
    public async Task Of_an_attempt_that_ended_before_the_answer_began()
    {
        string head = """data: {"id":"c-1","model":"m-1","choices":[{"index":0,"delta":{"role":"assistant"}}]}""" + "\n\n";
        var server = new StubServer()
            .Answers(HttpStatusCode.TooManyRequests).Throws(new HttpRequestException("refused")).Streams(head).Streams(Whole(Reported));
        ChatStreamResult answer = await server.Client().StreamAsync(Question).CollectAsync();

        // A request that was refused cost nothing. One that was sent and not answered may have cost something.
        Assert.Equal(["1: 0 in, 0 out, RateLimited", "2: ~11 in, ~0 out, Connection", "3: ~11 in, ~0 out, Truncated", "4: 9 in, 5 out"], Bill(answer));
    }

    [Fact]
    public async Task Of_a_call_that_failed()
    {
        var server = new StubServer().Streams(StubServer.Chunk("The sky is ")).Streams(StubServer.Chunk("blue"));
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(
            () => server.Client(options => options.Resume = new LlmResumeOptions { MaxResumes = 1 }).StreamAsync(Question).CollectAsync());
        ChatStreamResult answer = failure.Partial;

        Assert.Equal(["~4 out, Truncated", "~2 out, Truncated"], Bill(answer).Select(line => line[(line.IndexOf(',', StringComparison.Ordinal) + 2)..]));
        Assert.Equal("~6", answer.OutputTokens.ToString());
        Assert.Null(answer.Usage);
    }

    [Fact]
    public async Task Of_a_call_that_was_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var server = new StubServer().Streams(Whole(Reported));
        ChatStreamResult? partial = null;
        try
        {
            await foreach (ChatDelta delta in server.Client().StreamAsync(Question, cancellationToken: cancellation.Token))
            {
                if (delta.Text.Length > 0) await cancellation.CancelAsync();
            }
        }
        catch (ChatStreamCanceledException exception)
        {
            partial = exception.Partial;
        }

        Assert.Equal(["1: ~11 in, ~4 out"], Bill(partial!));
        Assert.False(partial!.Attempts[0].IsUsageFinal);
    }

    [Fact]
    public async Task Of_a_call_that_its_caller_left()
    {
        var server = new StubServer().Streams(Whole(Reported));
        ChatStreamResult answer = await server.Client().StreamAsync(Question).LimitCharacters(5).CollectAsync();
        Assert.Equal(["1: ~11 in, ~4 out"], Bill(answer)); // what the provider generated, not what was kept
    }

    [Fact]
    public async Task Early_counts_of_an_attempt_that_was_cut_off_are_not_believed()
    {
        var server = new StubServer().Streams(Usage("\"prompt_tokens\":9,\"completion_tokens\":1") + StubServer.Chunk("The sky is ")).Streams(Whole(Reported));
        ChatStreamResult answer = await server.Client().StreamAsync(Question).CollectAsync();
        Assert.Equal(["1: 9 in, ~4 out, Truncated", "2: 9 in, 5 out"], Bill(answer));
    }

    [Fact]
    public async Task The_application_may_count()
    {
        var counted = new List<string>();
        var server = new StubServer().Streams(StubServer.Chunk("The sky is ")).Streams(Whole(""));
        ChatStreamResult answer = await server.Client(options => options.CountTokens = Count).StreamAsync(Question).CollectAsync();

        Assert.Equal(["1: ~104 in, ~100 out, Truncated", "2: ~"], Bill(answer).Select((line, i) => i == 0 ? line : line[..4]));
        Assert.Contains(Question, counted);
        Assert.Contains("The sky is ", counted);

        int Count(string text)
        {
            counted.Add(text);
            return 100;
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_counter_that_fails_does_no_harm(bool throws)
    {
        var server = new StubServer().Streams(Whole(""));
        LlmStreamClient client = server.Client(options => options.CountTokens = _ => throws ? throw new InvalidOperationException() : -1);
        Assert.Equal(["1: ~11 in, ~4 out"], Bill(await client.StreamAsync(Question).CollectAsync()));
    }

    [Fact]
    public async Task Nothing_is_counted_if_everything_is_reported()
    {
        var server = new StubServer().Streams(Whole(Reported));
        LlmStreamClient client = server.Client(options => options.CountTokens = _ => throw new InvalidOperationException("counted"));
        Assert.Equal(["1: 9 in, 5 out"], Bill(await client.StreamAsync(Question).CollectAsync()));
    }

    [Fact]
    public async Task Tool_calls_count()
    {
        string call = """data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"get_weather","arguments":"{\"city\":\"Oslo\"}"}}]},"finish_reason":"tool_calls"}]}""" + "\n\ndata: [DONE]\n\n";
        ChatStreamResult answer = await new StubServer().Streams(call).Client().StreamAsync(Question).CollectAsync();
        Assert.Equal("~18", answer.OutputTokens.ToString()); // 26 characters are 8, and 10 for the call
    }

    [Fact]
    public async Task What_is_not_text_is_unknown()
    {
        var server = new StubServer().Streams(Whole(""));
        ChatMessage message = new(ChatRole.User, [new TextContent(Question), new DataContent(new byte[] { 1 }, "image/png")]);
        ChatStreamResult answer = await server.Client().StreamAsync([message]).CollectAsync();
        Assert.Equal(["1: unknown in, ~4 out"], Bill(answer));
        Assert.Equal(("unknown", "~4"), (answer.InputTokens.ToString(), answer.OutputTokens.ToString()));
    }

    [Fact]
    public async Task A_stream_that_the_client_did_not_request_has_only_what_was_reported()
    {
        using var body = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Whole("")));
        ChatStreamResult answer = await ChatStreamReader.ReadAsync(body, ChatDialect.OpenAI).CollectAsync();
        Assert.Equal((default, default), (answer.InputTokens, answer.OutputTokens));
    }

    [Fact]
    public async Task Updates_have_estimates_in_additional_counts()
    {
        var server = new StubServer().Streams(StubServer.Chunk("The sky is ")).Streams(Whole(Reported));
        ChatResponse response = await server.Client().AsIChatClient().GetResponseAsync(Question);
        UsageDetails usage = response.Usage!;
        Assert.Equal((9L, 5L), (usage.InputTokenCount!.Value, usage.OutputTokenCount!.Value));
        Assert.Equal((11L, 4L), (usage.AdditionalCounts!["estimated_input_tokens"], usage.AdditionalCounts["estimated_output_tokens"]));
        Assert.Equal(2, usage.AdditionalCounts.Count);
    }

    [Fact]
    public async Task Updates_state_that_usage_is_unknown()
    {
        var server = new StubServer().Streams(Whole(""));
        ChatMessage message = new(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")]);
        UsageDetails usage = (await server.Client().AsIChatClient().GetResponseAsync([message])).Usage!;
        Assert.Equal((null, null, null), (usage.InputTokenCount, usage.OutputTokenCount, usage.TotalTokenCount));
        Assert.Equal((1L, 4L), (usage.AdditionalCounts!["unknown_input_attempts"], usage.AdditionalCounts["estimated_output_tokens"]));
    }

    private static IEnumerable<string> Bill(ChatStreamResult answer) => answer.Attempts.Select(attempt =>
        $"{attempt.Number}: {attempt.InputTokens} in, {attempt.OutputTokens} out{(attempt.Error is { } error ? $", {error}" : "")}");
}
