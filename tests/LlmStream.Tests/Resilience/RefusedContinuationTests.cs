using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Resilience;

/// <summary>What happens if the provider refuses the request for the rest of an answer: the caller's own request was not wrong.</summary>
public class RefusedContinuationTests
{
    private const string Head = """data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"The sky is "}}]}""" + "\n\n";
    private const string TwoAssistants = """{"error":{"code":500,"message":"Cannot have 2 or more assistant messages at the end of the list.","type":"server_error"}}""";
    private const string Thinks = """{"error":{"code":500,"message":"Assistant response prefill is incompatible with enable_thinking.","type":"server_error"}}""";

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, ChatStreamError.InvalidRequest)]
    [InlineData(HttpStatusCode.Unauthorized, ChatStreamError.Unauthorized)]
    [InlineData(HttpStatusCode.Forbidden, ChatStreamError.Unauthorized)]
    [InlineData(HttpStatusCode.NotFound, ChatStreamError.InvalidRequest)]
    [InlineData(HttpStatusCode.UnprocessableEntity, ChatStreamError.InvalidRequest)]
    public async Task The_error_is_the_original_failure_with_the_refusal_inside_it(HttpStatusCode status, ChatStreamError error)
    {
        var server = new StubServer().Streams(Head).Answers(status, """{"error":{"message":"Not like this."}}""");
        ChatStreamException failure = await FailureAsync(server, ChatContinuation.Instruction);

        Assert.Equal((ChatStreamError.Truncated, ChatResumeRefusal.ContinuationRefused), (failure.Error, failure.ResumeRefusal));
        Assert.Equal(error, Assert.IsType<ChatStreamException>(failure.InnerException).Error);
        Assert.Equal(("The sky is ", 2), (failure.Partial.Text, failure.AttemptCount));
        Assert.Null(failure.StatusCode);
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest, "{}")]
    [InlineData(HttpStatusCode.NotFound, "{}")]
    [InlineData(HttpStatusCode.UnprocessableEntity, "{}")]
    [InlineData(HttpStatusCode.Unauthorized, "{}")]
    [InlineData(HttpStatusCode.InternalServerError, TwoAssistants)]
    [InlineData(HttpStatusCode.InternalServerError, Thinks)]
    public async Task A_prefill_that_is_refused_is_replaced_by_an_instruction(HttpStatusCode status, string body)
    {
        var server = new StubServer().Streams(Head).Answers(status, body).Streams(StubServer.Stream("blue."));
        ChatStreamResult result = await Client(server, ChatContinuation.Prefill).StreamAsync(Body()).CollectAsync();

        Assert.Equal("The sky is blue.", result.Text);
        Assert.Equal(3, server.Requests.Count); // a refusal with status 500 is not retried
        Assert.Equal("user", (string)JsonNode.Parse(server.Bodies[2])!["messages"]!.AsArray()[^1]!["role"]!);
    }

    [Fact]
    public async Task If_both_are_refused_the_last_refusal_is_inside_the_original_failure()
    {
        var server = new StubServer().Streams(Head).Answers(HttpStatusCode.InternalServerError, Thinks).Answers(HttpStatusCode.BadRequest, """{"error":{"message":"Too long."}}""");
        ChatStreamException failure = await FailureAsync(server, ChatContinuation.Prefill);

        Assert.Equal((ChatStreamError.Truncated, ChatResumeRefusal.ContinuationRefused, 3), (failure.Error, failure.ResumeRefusal, failure.AttemptCount));
        Assert.Equal("Too long.", Assert.IsType<ChatStreamException>(failure.InnerException).ProviderMessage);
    }

    [Fact]
    public async Task Without_budget_the_next_way_is_not_tried()
    {
        var server = new StubServer().Streams(Head).Answers(HttpStatusCode.BadRequest, """{"error":{"message":"No prefill."}}""");
        ChatStreamException failure = await FailureAsync(server, ChatContinuation.Prefill, new LlmRetryOptions { MaxRetries = 1 });

        Assert.Equal((ChatStreamError.Truncated, ChatResumeRefusal.ContinuationRefused, 2), (failure.Error, failure.ResumeRefusal, failure.AttemptCount));
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    public async Task A_transient_error_is_retried_and_is_no_refusal(HttpStatusCode status)
    {
        var server = new StubServer().Streams(Head).Answers(status, "{}").Streams(StubServer.Stream("blue."));
        Assert.Equal("The sky is blue.", (await Client(server, ChatContinuation.Prefill).StreamAsync(Body()).CollectAsync()).Text);

        server = new StubServer().Streams(Head).Answers(status, "{}").Answers(status, "{}").Answers(status, "{}");
        ChatStreamException failure = await FailureAsync(server, ChatContinuation.Prefill);
        Assert.Equal((status, ChatResumeRefusal.BudgetSpent, 4), (failure.StatusCode, failure.ResumeRefusal, failure.AttemptCount));
    }

    [Fact]
    public async Task A_server_error_is_no_refusal_of_an_instruction_whatever_it_says()
    {
        var server = new StubServer().Streams(Head);
        for (int i = 0; i < 3; i++) server.Answers(HttpStatusCode.InternalServerError, Thinks);
        ChatStreamException failure = await FailureAsync(server, ChatContinuation.Instruction);
        Assert.Equal((ChatStreamError.ServerError, ChatResumeRefusal.BudgetSpent, 4), (failure.Error, failure.ResumeRefusal, failure.AttemptCount));
    }

    private static JsonObject Body() => new()
    {
        ["model"] = "m-1",
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Why is the sky blue?" }),
    };

    private static LlmStreamClient Client(StubServer server, ChatContinuation strategy, LlmRetryOptions? retry = null) => server.Client(options =>
    {
        options.Resume = new LlmResumeOptions { Continuation = strategy };
        options.Retry = retry ?? new LlmRetryOptions();
    });

    private static Task<ChatStreamException> FailureAsync(StubServer server, ChatContinuation strategy, LlmRetryOptions? retry = null) =>
        Assert.ThrowsAsync<ChatStreamException>(() => Client(server, strategy, retry).StreamAsync(Body()).CollectAsync());
}
