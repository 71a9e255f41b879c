using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Resilience;

/// <summary>How an answer of an earlier call is continued by <see cref="LlmStreamClient.ContinueAsync"/>.</summary>
public class ContinueTests
{
    private static readonly ChatMessage[] Messages = [new(ChatRole.User, "Why is the sky blue?")];

    private static readonly ChatStreamResult Partial = new()
    {
        Choices = [new ChatChoice { Role = ChatRole.Assistant, Text = "The sky is " }],
    };

    private static Action<LlmStreamOptions> Prefill => options => options.Provider = options.Provider with { Continuation = ChatContinuation.Prefill };

    [Fact]
    public async Task The_rest_goes_on_where_the_answer_of_an_earlier_call_broke_off()
    {
        var first = new StubServer().Streams(StubServer.Chunk("The sky ") + StubServer.Chunk("is "));
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(
            () => first.Client(options => options.Resume = LlmResumeOptions.Off).StreamAsync(Messages).CollectAsync());

        var second = new StubServer().Streams(StubServer.Stream("blue", "."));
        List<ChatDelta> deltas = await second.Client(Prefill).ContinueAsync(Messages, failure.Partial).ToListAsync();

        Assert.Equal("The sky is blue.", deltas.Aggregate(failure.Partial.Text, (text, delta) => text[..delta.TextOffset] + delta.Text));
        ChatSeam seam = deltas[0].Seam!;
        Assert.Equal((ChatSeamKind.Appended, 11, ChatStreamError.Truncated, 2), (seam.Kind, seam.TextOffset, seam.Reason, seam.Attempt));
        Assert.All(deltas.Skip(1), delta => Assert.Null(delta.Seam));
        JsonNode last = JsonNode.Parse(Assert.Single(second.Bodies))!["messages"]!.AsArray()[^1]!;
        Assert.Equal(("assistant", "The sky is"), ((string?)last["role"], (string?)last["content"]));
    }

    [Fact]
    public async Task The_rest_is_resumed_if_it_breaks_off_too()
    {
        var server = new StubServer().Streams(StubServer.Chunk("blue")).Streams(StubServer.Stream(" today."));
        List<ChatDelta> deltas = await server.Client(Prefill).ContinueAsync(Messages, Partial).ToListAsync();

        Assert.Equal("The sky is blue today.", deltas.Aggregate(Partial.Text, (text, delta) => text[..delta.TextOffset] + delta.Text));
        Assert.Equal([2, 3], deltas.Where(delta => delta.Seam is not null).Select(delta => delta.Seam!.Attempt));
        Assert.Contains("The sky is blue", server.Bodies[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_has_all_that_was_delivered_by_both_calls()
    {
        var server = new StubServer().Streams(StubServer.Chunk("blue"));
        LlmStreamClient client = server.Client(options =>
        {
            Prefill(options);
            options.Resume = LlmResumeOptions.Off; // does not rule out the continuation itself
        });
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => client.ContinueAsync(Messages, Partial).CollectAsync());
        Assert.Equal((ChatStreamError.Truncated, ChatResumeRefusal.TurnedOff), (failure.Error, failure.ResumeRefusal));
        Assert.Equal("The sky is blue", failure.Partial.Text);
        Assert.Equal([1, 2], failure.Partial.Attempts.Select(attempt => attempt.Number));
    }

    [Fact]
    public async Task Usage_is_that_of_all_attempts()
    {
        var usage = new UsageDetails { InputTokenCount = 10, OutputTokenCount = 3 };
        ChatStreamResult partial = new()
        {
            Choices = Partial.Choices,
            Usage = usage,
            Attempts = [new ChatAttempt { Number = 4, Usage = usage, Error = ChatStreamError.IdleTimeout }],
        };
        var server = new StubServer().Streams(
            StubServer.Chunk("blue.") + """data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":2}}""" + "\n\n");
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(
            () => server.Client(options => options.Resume = LlmResumeOptions.Off).ContinueAsync(Messages, partial).CollectAsync());
        Assert.Equal((22, 5), (failure.Partial.Usage?.InputTokenCount, failure.Partial.Usage?.OutputTokenCount));
        Assert.Equal([4, 5], failure.Partial.Attempts.Select(attempt => attempt.Number));
        Assert.Equal(ChatStreamError.IdleTimeout, failure.Partial.Attempts[0].Error);
    }

    [Fact]
    public async Task A_limit_on_the_output_covers_both_calls()
    {
        ChatStreamResult partial = new() { Choices = Partial.Choices, Usage = new UsageDetails { OutputTokenCount = 7 } };
        var server = new StubServer().Streams(StubServer.Stream("blue."));
        await server.Client(Prefill).ContinueAsync(Messages, partial, new ChatOptions { MaxOutputTokens = 20 }).ToListAsync();
        Assert.Equal(13, (int?)JsonNode.Parse(server.Bodies[0])!["max_tokens"]);
    }

    [Fact]
    public async Task An_empty_answer_is_requested_again()
    {
        var server = new StubServer().Streams(StubServer.Stream("Blue."));
        List<ChatDelta> deltas = await server.Client(Prefill).ContinueAsync(Messages, ChatStreamResult.Empty).ToListAsync();
        Assert.Equal("Blue.", string.Concat(deltas.Select(delta => delta.Text)));
        Assert.Single(JsonNode.Parse(server.Bodies[0])!["messages"]!.AsArray());
    }

    [Theory]
    [InlineData(ChatContinuation.Prefill)]
    [InlineData(ChatContinuation.Instruction)]
    public async Task White_space_alone_is_not_sent_and_not_repeated(ChatContinuation strategy)
    {
        ChatStreamResult partial = new() { Choices = [new ChatChoice { Role = ChatRole.Assistant, Text = "\n\n" }] };
        var server = new StubServer().Streams(StubServer.Stream("\\n\\nBlue."));
        LlmStreamClient client = server.Client(options => options.Resume = new LlmResumeOptions { Continuation = strategy });
        List<ChatDelta> deltas = await client.ContinueAsync(Messages, partial).ToListAsync();

        Assert.Equal("\n\nBlue.", deltas.Aggregate(partial.Text, (text, delta) => text[..delta.TextOffset] + delta.Text));
        Assert.Single(JsonNode.Parse(server.Bodies[0])!["messages"]!.AsArray());
    }

    [Fact]
    public async Task An_answer_whose_end_is_unknown_counts_as_cut_off_and_its_tokens_are_estimated()
    {
        var server = new StubServer().Streams(StubServer.Stream("blue."));
        ChatStreamResult answer = await server.Client(Prefill).ContinueAsync(Messages, Partial).CollectAsync();
        Assert.Equal((ChatStreamError.Truncated, "~4"), (answer.Attempts[0].Error!.Value, answer.Attempts[0].OutputTokens.ToString()));

        server = new StubServer().Streams(StubServer.Chunk("blue"));
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(
            () => server.Client(options => options.Resume = LlmResumeOptions.Off).ContinueAsync(Messages, Partial).CollectAsync());
        Assert.Equal(
            [(ChatStreamError.Truncated, "~4"), (ChatStreamError.Truncated, "~2")],
            failure.Partial.Attempts.Select(attempt => (attempt.Error!.Value, attempt.OutputTokens.ToString())));
    }

    [Theory]
    [InlineData(0, "assistant")]
    [InlineData(5, "user")] // the reasoning itself may not have been sent
    public async Task After_reasoning_an_instruction_takes_the_place_of_a_prefill(int reasoningTokens, string lastRole)
    {
        ChatStreamResult partial = new() { Choices = Partial.Choices, Usage = new UsageDetails { ReasoningTokenCount = reasoningTokens } };
        var server = new StubServer().Streams(StubServer.Stream("blue."));
        LlmStreamClient client = server.Client(options => options.Provider = options.Provider with { Continuation = ChatContinuation.PartialFlag });
        await client.ContinueAsync(Messages, partial).ToListAsync();
        Assert.Equal(lastRole, (string?)JsonNode.Parse(server.Bodies[0])!["messages"]!.AsArray()[^1]!["role"]);
    }

    [Fact]
    public async Task Text_that_is_held_back_until_the_end_is_part_of_a_cancelled_answer()
    {
        using var cancellation = new CancellationTokenSource();
        IAsyncEnumerator<ChatDelta> deltas = BeginsAgain().ContinueAsync(Messages, Partial, null, cancellation.Token).GetAsyncEnumerator();
        Assert.True(await deltas.MoveNextAsync());
        Assert.Equal(("The sky", 11), (deltas.Current.Text, deltas.Current.TextOffset));
        await cancellation.CancelAsync();
        ChatStreamCanceledException canceled = await Assert.ThrowsAsync<ChatStreamCanceledException>(() => deltas.MoveNextAsync().AsTask());
        Assert.Equal("The sky is The sky", canceled.Partial.Text);
    }

    [Theory]
    [InlineData(18, true)]
    [InlineData(17, false)]
    public async Task Text_that_is_held_back_until_the_end_counts_against_the_limit(int limit, bool isAllowed)
    {
        IAsyncEnumerable<ChatDelta> rest = BeginsAgain(options => options.Read = new ChatReadOptions { MaxAnswerCharacters = limit })
            .ContinueAsync(Messages, Partial);
        if (isAllowed)
        {
            Assert.Equal("The sky", Assert.Single(await rest.ToListAsync()).Text);
            return;
        }

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => rest.CollectAsync());
        Assert.Equal((ChatStreamError.TooLarge, "The sky is "), (failure.Error, failure.Partial.Text));
    }

    [Fact]
    public async Task A_call_that_has_begun_is_not_continued()
    {
        ChatStreamResult partial = new()
        {
            Choices = [new ChatChoice { Text = "a", ToolCalls = [new ToolCall { Id = "c", Name = "f", Arguments = "{" }] }],
        };
        var server = new StubServer();
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(
            () => server.Client().ContinueAsync(Messages, partial).CollectAsync());
        Assert.Equal(ChatResumeRefusal.InsideToolCall, failure.ResumeRefusal);
        Assert.Equal("{", Assert.Single(failure.Partial.ToolCalls).Arguments);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task An_answer_that_took_too_long_is_continued_within_the_budget_of_the_new_call()
    {
        ChatStreamResult partial = new()
        {
            Choices = Partial.Choices,
            Attempts = [new ChatAttempt { Number = 1, Error = ChatStreamError.TotalTimeout }],
        };
        var server = new StubServer().Streams(StubServer.Stream("blue."));
        List<ChatDelta> deltas = await server.Client(Prefill).ContinueAsync(Messages, partial).ToListAsync();
        Assert.Equal(ChatStreamError.TotalTimeout, deltas[0].Seam!.Reason);
    }

    [Fact]
    public async Task A_transient_failure_of_the_request_is_retried()
    {
        var server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable).Streams(StubServer.Stream("blue."));
        List<ChatDelta> deltas = await server.Client(Prefill).ContinueAsync(Messages, Partial).ToListAsync();
        Assert.Equal("blue.", string.Concat(deltas.Select(delta => delta.Text)));
        Assert.Equal(3, deltas[0].Seam!.Attempt);
    }

    [Fact]
    public void Checks_arguments_when_called()
    {
        LlmStreamClient client = new StubServer().Client();
        Assert.Throws<ArgumentNullException>("messages", () => { client.ContinueAsync(null!, Partial); });
        Assert.Throws<ArgumentNullException>("partial", () => { client.ContinueAsync(Messages, null!); });
        Assert.Throws<ArgumentException>("partial", () => { client.ContinueAsync(Messages, new ChatStreamResult { IsComplete = true }); });
    }

    /// <summary>A client to which the model answers with the beginning of the partial answer, and no finish reason.</summary>
    private static LlmStreamClient BeginsAgain(Action<LlmStreamOptions>? configure = null) =>
        new StubServer().Streams(StubServer.Chunk("The sky") + "data: [DONE]\n\n").Client(options =>
        {
            options.Resume = new LlmResumeOptions { Continuation = ChatContinuation.Instruction };
            configure?.Invoke(options);
        });
}
