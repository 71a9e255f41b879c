using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Resilience.Fallback;

/// <summary>Fallbacks after the first delta.</summary>
public class FallbackResumeTests
{
    private static readonly string Head = StubServer.Chunk("The sky ") + StubServer.Chunk("is ");
    private static readonly string Rest = StubServer.Stream("blue.");

    [Fact]
    public async Task The_partial_answer_is_continued_when_the_resumes_are_used_up()
    {
        StubServer server = new StubServer().Streams(Head).Streams(StubServer.Chunk("a ")).Streams(Rest);
        using LlmStreamClient client = Providers.Client(server, o => o.Retry = new LlmRetryOptions { MaxRetries = 1 }, Providers.Second);
        (List<ChatDelta> deltas, ChatStreamResult result) = await client.ReadAsync();

        Assert.Equal(["first", "first", "second"], server.Hosts());
        Assert.Equal("The sky is a blue.", result.Text);
        ChatSeam[] seams = [.. deltas.Select(delta => delta.Seam).OfType<ChatSeam>()];
        Assert.Equal(
            [(2, "first", "m-1", 11), (3, "second", "m-2", 13)],
            seams.Select(seam => (seam.Attempt, seam.Provider, seam.Model, seam.TextOffset)));
        Assert.Equal(["first", "first", "first", "second", "second"], deltas.Select(delta => delta.Stream.Provider));
        Assert.Single(deltas, delta => delta.Role is not null || delta == deltas[0]);
        Assert.Single(deltas, delta => delta.FinishReason is not null);
        Assert.Equal(
            [(1, "first", ChatStreamError.Truncated), (2, "first", ChatStreamError.Truncated), (3, "second", null)],
            result.Attempts.Select(a => (a.Number, a.Provider, a.Error)));
        Assert.All(result.Attempts.SkipLast(1), attempt => Assert.Equal(ChatTokenSource.Estimated, attempt.OutputTokens.Source));
    }

    [Fact]
    public async Task Each_dialect_continues_in_its_own_way()
    {
        StubServer server = new StubServer().Streams(Head).Streams(Providers.AnthropicAnswer);
        using LlmStreamClient client = Providers.Client(server, Providers.Third);
        (_, ChatStreamResult result) = await client.ReadAsync(options: new ChatOptions { Instructions = "Be brief.", MaxOutputTokens = 100 });

        Assert.Equal("The sky is blue.", result.Text);
        JsonNode body = JsonNode.Parse(server.Bodies[1])!;
        Assert.Equal("claude-haiku-4-5", (string?)body["model"]);
        Assert.Contains("Be brief.", body["system"]!.ToJsonString(), StringComparison.Ordinal);
        JsonArray messages = body["messages"]!.AsArray();
        Assert.Equal(["user", "assistant"], messages.Select(message => (string?)message!["role"])); // a prefill, which this model takes
        Assert.Contains("The sky is", messages[1]!.ToJsonString(), StringComparison.Ordinal);
        Assert.True((int)body["max_tokens"]! < 100); // what has been spent is subtracted
    }

    [Fact]
    public async Task A_model_that_refuses_a_prefill_is_asked_by_an_instruction()
    {
        StubServer server = new StubServer().Streams(Head).Streams(Providers.AnthropicAnswer);
        using LlmStreamClient client = Providers.Client(server, Providers.Third with { DefaultModel = "claude-opus-4-6" });
        await client.ReadAsync();
        JsonArray messages = JsonNode.Parse(server.Bodies[1])!["messages"]!.AsArray();
        Assert.Equal(["user", "assistant", "user"], messages.Select(message => (string?)message!["role"]));
    }

    [Fact]
    public async Task A_strategy_of_the_first_provider_is_not_used_at_another()
    {
        StubServer server = new StubServer().Streams(Head).Streams(Rest);
        using LlmStreamClient client = Providers.Client(server, o => o.Resume = new LlmResumeOptions { Continuation = ChatContinuation.PrefixFlag }, Providers.Second);
        await client.ReadAsync();
        Assert.DoesNotContain("prefix", server.Bodies[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_that_is_not_transient_is_continued_at_once()
    {
        const string Quota = "data: {\"error\":{\"message\":\"You exceeded your current quota.\",\"code\":\"insufficient_quota\"}}\n\n";
        StubServer server = new StubServer().Streams(Head + Quota).Streams(Rest);
        using LlmStreamClient client = Providers.Client(server, o => o.Retry = new LlmRetryOptions(), Providers.Second);
        (List<ChatDelta> deltas, ChatStreamResult result) = await client.ReadAsync();
        Assert.Equal(("The sky is blue.", ChatStreamError.ProviderError), (result.Text, deltas.Single(delta => delta.Seam is not null).Seam!.Reason));
        Assert.Equal(["first", "second"], server.Hosts());
    }

    [Fact]
    public async Task A_provider_that_refuses_to_continue_is_left_for_the_next()
    {
        StubServer server = new StubServer().Streams(Head).Answers(HttpStatusCode.BadRequest).Streams(Rest);
        using LlmStreamClient client = Providers.Client(server, o => o.Retry = new LlmRetryOptions(), Providers.Second);
        (_, ChatStreamResult result) = await client.ReadAsync();
        Assert.Equal("The sky is blue.", result.Text);
        Assert.Equal(["first", "first", "second"], server.Hosts());
    }

    [Fact]
    public async Task The_next_fallback_continues_if_one_fails()
    {
        StubServer server = new StubServer().Streams(Head).Answers(HttpStatusCode.Unauthorized).Streams(Providers.AnthropicAnswer);
        using LlmStreamClient client = Providers.Client(server, Providers.Second, Providers.Third);
        (List<ChatDelta> deltas, ChatStreamResult result) = await client.ReadAsync();
        Assert.Equal("The sky is blue.", result.Text);
        Assert.Equal(["first", "second", "third"], server.Hosts());
        Assert.Equal((3, "third", ChatStreamError.Truncated), (deltas.Single(d => d.Seam is not null).Seam is { } s ? (s.Attempt, s.Provider!, s.Reason) : default));
        Assert.Equal([ChatStreamError.Truncated, ChatStreamError.Unauthorized, null], result.Attempts.Select(attempt => attempt.Error));
    }

    [Theory]
    [InlineData("In the evening it is red.")]
    [InlineData("")] // until its end it may be a repetition of the partial answer
    public async Task The_next_fallback_continues_if_the_model_of_one_starts_over(string other)
    {
        const string Long = "The sky is blue because air scatters short waves of light more. ";
        StubServer server = new StubServer().Streams(StubServer.Chunk(Long + "At dusk it is ")).Streams(StubServer.Stream(Long + other)).Streams(Providers.AnthropicAnswer);
        using LlmStreamClient client = Providers.Client(server, Providers.Second, Providers.Third);
        (List<ChatDelta> deltas, ChatStreamResult result) = await client.ReadAsync();

        Assert.Equal(Long + "At dusk it is blue.", result.Text);
        Assert.Equal((3, "third"), (Assert.Single(deltas, delta => delta.Seam is not null).Seam!.Attempt, result.Stream.Provider));
        Assert.Equal(["first", "second", "third"], server.Hosts());
        Assert.Equal([ChatStreamError.Truncated, ChatStreamError.Truncated, null], result.Attempts.Select(attempt => attempt.Error));
        Assert.NotEqual(0, result.Attempts[1].OutputTokens.Value); // it was generated all the same
    }

    [Fact]
    public async Task A_fallback_that_breaks_off_is_resumed_itself()
    {
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable).Answers(HttpStatusCode.ServiceUnavailable).Streams(Head).Streams(Rest);
        using LlmStreamClient client = Providers.Client(server, o => o.Retry = new LlmRetryOptions { MaxRetries = 1 }, Providers.Second);
        (_, ChatStreamResult result) = await client.ReadAsync();
        Assert.Equal("The sky is blue.", result.Text);
        Assert.Equal(["first", "first", "second", "second"], server.Hosts());
    }

    [Fact]
    public async Task The_usage_of_all_providers_is_added_up()
    {
        const string Usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2,\"total_tokens\":12}}\n\n";
        StubServer server = new StubServer().Streams(Head + Usage).Streams(Providers.AnthropicAnswer);
        using LlmStreamClient client = Providers.Client(server, Providers.Third);
        (_, ChatStreamResult result) = await client.ReadAsync();
        Assert.Equal([("first", 2L), ("third", 3L)], result.Attempts.Select(a => (a.Provider, a.Usage!.OutputTokenCount!.Value)));
        Assert.Equal((19L, 5L), (result.Usage!.InputTokenCount, result.Usage.OutputTokenCount));
    }

    [Fact]
    public async Task If_all_fail_the_error_has_the_partial_answer_and_all_attempts()
    {
        StubServer server = new StubServer().Streams(Head).Answers(HttpStatusCode.ServiceUnavailable);
        using LlmStreamClient client = Providers.Client(server, Providers.Second);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => client.ReadAsync());
        Assert.Equal(("The sky is ", 2), (failure.Partial.Text, failure.AttemptCount));
        Assert.Equal((ChatResumeRefusal.BudgetSpent, ChatFallbackRefusal.NoneLeft), (failure.ResumeRefusal, failure.FallbackRefusal));
        Assert.Equal(
            [("first", ChatStreamError.Truncated), ("second", ChatStreamError.ServerError)],
            failure.Partial.Attempts.Select(attempt => (attempt.Provider, attempt.Error)));
    }

    [Fact]
    public async Task An_answer_that_is_continued_later_falls_back_too()
    {
        StubServer server = new StubServer().Streams(Head).Answers(HttpStatusCode.ServiceUnavailable).Streams(Providers.AnthropicAnswer);
        ChatMessage[] messages = [new(ChatRole.User, "Why?")];
        using LlmStreamClient alone = Providers.Client(server);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () => await alone.StreamAsync(messages).CollectAsync());

        using LlmStreamClient client = Providers.Client(server, Providers.Third);
        var deltas = new List<ChatDelta>();
        await foreach (ChatDelta delta in client.ContinueAsync(messages, failure.Partial)) deltas.Add(delta);
        Assert.Equal(["first", "first", "third"], server.Hosts());
        ChatDelta text = Assert.Single(deltas, delta => delta.Text.Length > 0);
        Assert.Equal(("blue.", 11, "third", 3), (text.Text, text.TextOffset, text.Stream.Provider, text.Stream.Attempt));
        Assert.Equal("third", Assert.Single(deltas, delta => delta.Seam is not null).Seam!.Provider);
    }

    [Fact]
    public async Task A_chat_client_delivers_one_answer()
    {
        StubServer server = new StubServer().Streams(Head).Streams(Providers.AnthropicAnswer);
        using LlmStreamClient client = Providers.Client(server, Providers.Third);
        ChatResponse response = await client.AsIChatClient().GetResponseAsync("Why?");
        Assert.Equal("The sky is blue.", response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
    }
}
