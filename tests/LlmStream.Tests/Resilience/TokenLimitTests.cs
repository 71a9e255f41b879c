using System.Text.Json.Nodes;
using LlmStream.Resilience;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Resilience;

/// <summary>The limit on output tokens holds for all attempts together.</summary>
public class TokenLimitTests
{
    private static string Usage(int tokens) => $$$"""data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":{{{tokens}}},"total_tokens":{{{9 + tokens}}}}}""" + "\n\n";

    [Theory]
    [InlineData(3, 7)]
    [InlineData(9, 1)]
    [InlineData(10, 1)] // at least 1, which providers accept
    [InlineData(60, 1)]
    public async Task The_rest_is_what_the_provider_has_not_counted(int spent, int rest)
    {
        var server = new StubServer().Streams(StubServer.Chunk("The sky ") + Usage(spent)).Streams(StubServer.Stream("is blue."));
        ChatStreamResult result = await server.Client().StreamAsync(Body(10)).CollectAsync();

        Assert.Equal(rest, LimitOf(server.Bodies[1]));
        Assert.Equal(ChatTokenCount.Reported(spent), result.Attempts[0].OutputTokens);
    }

    [Fact]
    public async Task Tokens_that_the_provider_has_not_counted_are_estimated_and_marked()
    {
        var server = new StubServer().Streams(StubServer.Chunk("The sky is") + StubServer.Chunk(" blue be")).Streams(StubServer.Stream("cause."));
        List<ChatDelta> deltas = await server.Client().StreamAsync(Body(10)).ToListAsync();

        Assert.Equal(4, LimitOf(server.Bodies[1])); // 18 characters are about 6 tokens
        ChatStreamResult result = await deltas.ToAsyncEnumerable().CollectAsync();
        Assert.Equal((ChatTokenCount.Estimated(6), ChatStreamError.Truncated), (result.Attempts[0].OutputTokens, result.Attempts[0].Error));
        Assert.Null(result.Attempts[0].Usage); // never an estimate
    }

    [Fact]
    public async Task Several_attempts_add_up_counted_or_not()
    {
        var server = new StubServer()
            .Streams(StubServer.Chunk("The ") + Usage(3)).Streams(StubServer.Chunk("sky is very")).Streams(StubServer.Chunk(" blue.") + Usage(2)).Streams(StubServer.Stream("!"));
        await server.Client().StreamAsync(Body(20)).CollectAsync();
        Assert.Equal([20, 17, 13, 11], server.Bodies.Select(LimitOf));
    }

    [Fact]
    public async Task The_estimate_is_in_the_partial_answer_too()
    {
        var server = new StubServer().Streams(StubServer.Chunk("The sky is ")).Streams(StubServer.Chunk("blue"));
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(
            () => server.Client(options => options.Resume = new LlmResumeOptions { MaxResumes = 1 }).StreamAsync(Body(20)).CollectAsync());
        Assert.Equal(["~4", "~2"], failure.Partial.Attempts.Select(attempt => attempt.OutputTokens.ToString()));
    }

    [Fact]
    public async Task A_request_without_a_limit_gets_none()
    {
        var server = new StubServer().Streams(StubServer.Chunk("The sky ")).Streams(StubServer.Stream("is blue."));
        await server.Client().StreamAsync(new JsonObject { ["model"] = "m", ["messages"] = new JsonArray(User()) }).CollectAsync();
        Assert.Null(JsonNode.Parse(server.Bodies[1])!["max_tokens"]);
    }

    [Theory]
    [InlineData("openai", """{"max_completion_tokens":100}""", "max_completion_tokens", 94)]
    [InlineData("openai", """{"max_tokens":"many"}""", "max_tokens", null)]
    [InlineData("openai-responses", """{"max_output_tokens":100}""", "max_output_tokens", 94)]
    [InlineData("anthropic", """{"max_tokens":100}""", "max_tokens", 94)]
    [InlineData("anthropic", """{"max_tokens":2000,"thinking":{"type":"enabled","budget_tokens":1998}}""", "max_tokens", 1999)] // more than the budget
    [InlineData("anthropic", """{"max_tokens":100,"thinking":{"type":"enabled","budget_tokens":1998}}""", "max_tokens", 100)] // never raised
    [InlineData("gemini", """{"generationConfig":{"maxOutputTokens":100}}""", "generationConfig.maxOutputTokens", 94)]
    [InlineData("ollama", """{"options":{"num_predict":100}}""", "options.num_predict", 94)]
    [InlineData("ollama", """{"options":{"num_predict":-1}}""", "options.num_predict", -1)] // no limit
    [InlineData("dashscope", """{"parameters":{"max_tokens":100}}""", "parameters.max_tokens", 94)]
    [InlineData("cohere", """{"max_tokens":100}""", "max_tokens", 94)]
    public void Every_format_has_its_limit(string provider, string fields, string path, int? expected)
    {
        var dialect = (provider == "ollama" ? ChatDialect.Ollama : LlmProvider.Parse(provider).Dialect).Format;
        JsonObject body = JsonNode.Parse(fields)!.AsObject();
        body["messages"] = new JsonArray(User());
        body["contents"] = new JsonArray();
        body["input"] = provider == "dashscope" ? new JsonObject { ["messages"] = new JsonArray() } : "Why?";
        JsonNode? limit = ContinuationRequest.Build(dialect, body, ChatContinuation.Instruction, "a", "b", tokensSpent: 6);
        foreach (string name in path.Split('.')) limit = limit![name];
        if (expected is { } value) Assert.Equal(value, long.Parse(limit!.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture));
        else Assert.Equal("many", (string)limit!);
    }

    [Theory]
    [InlineData(null, 1, "~6")]
    [InlineData(null, 9, "~9")] // a delta has at least one token
    [InlineData(5, 9, "5")]
    [InlineData(1, 1, "~6")] // reported before the text was generated
    public void A_count_that_is_far_too_low_is_not_believed(int? counted, int deltas, string expected)
    {
        var tokens = new TokensSpent(new TokenCounter(null));
        var answer = new ChatStreamResult
        {
            Choices = [new ChatChoice { Text = "0123456789", Reasoning = "01234567" }],
            Usage = counted is null ? null : new UsageDetails { OutputTokenCount = counted },
        };
        ChatTokenCount first = tokens.Add(answer, deltas, isReplay: false);
        Assert.Equal(expected, first.ToString());
        long total = first.Value!.Value;
        Assert.Equal(total, tokens.Total);
        tokens.Add(answer, deltas, isReplay: true); // a replay generates nothing
        Assert.Equal(total, tokens.Total);
        tokens.Add(answer, deltas, isReplay: false);
        Assert.Equal(2 * total, tokens.Total);
    }

    private static JsonObject User() => new() { ["role"] = "user", ["content"] = "Why?" };

    private static JsonObject Body(int limit) => new() { ["model"] = "m-1", ["max_tokens"] = limit, ["messages"] = new JsonArray(User()) };

    private static int LimitOf(string body) => (int)JsonNode.Parse(body)!["max_tokens"]!;
}
