using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Resilience.Fallback;

/// <summary>What no other provider may continue, by name.</summary>
public class FallbackRefusalTests
{
    private static readonly string Head = StubServer.Chunk("The sky ");

    private const string Call =
        """data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"{\"a\":"}}]}}]}""" + "\n\n";

    private const string SecondChoice = """data: {"choices":[{"index":1,"delta":{"content":"b"}}]}""" + "\n\n";

    private const string Reasoning = """data: {"choices":[{"index":0,"delta":{"reasoning_content":"Hm"}}]}""" + "\n\n";

    private const string Signed =
        """data: {"choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.encrypted","data":"gAAA","id":"r"}]}}]}""" + "\n\n";

    private const string Refused = """data: {"choices":[{"index":0,"delta":{"refusal":"I cannot"}}]}""" + "\n\n";

    private const string Filtered = """data: {"choices":[{"index":0,"delta":{},"finish_reason":"content_filter"}]}""" + "\n\n";

    private const string Finished = """data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""" + "\n\n";

    private const string FailureAfterIt = "data: {\"error\":{\"message\":\"Overloaded\",\"code\":\"overloaded\"}}\n\n";

    [Theory]
    [InlineData(Call, ChatResumeRefusal.InsideToolCall)]
    [InlineData(SecondChoice, ChatResumeRefusal.SeveralChoices)]
    [InlineData(Signed, ChatResumeRefusal.SignedReasoning)]
    [InlineData(Refused, ChatResumeRefusal.ContentFiltered)]
    [InlineData(Filtered + FailureAfterIt, ChatResumeRefusal.ContentFiltered)]
    [InlineData(Finished + FailureAfterIt, ChatResumeRefusal.NothingToGain)]
    public Task Text_and_what_cannot_be_continued(string next, ChatResumeRefusal refusal) =>
        AssertRefusedAsync(Head + next, refusal, options: null);

    [Fact]
    public Task Reasoning_without_text() => AssertRefusedAsync(Reasoning, ChatResumeRefusal.ReasoningNotResumable, options: null);

    [Fact]
    public Task Structured_output() =>
        AssertRefusedAsync(Head, ChatResumeRefusal.StructuredOutput, new ChatOptions { ResponseFormat = ChatResponseFormat.Json });

    [Fact]
    public Task A_call_begun_before_an_error_that_is_not_transient() => AssertRefusedAsync(
        Head + Call + "data: {\"error\":{\"message\":\"You exceeded your current quota.\",\"code\":\"insufficient_quota\"}}\n\n",
        ChatResumeRefusal.InsideToolCall,
        options: null);

    [Fact]
    public Task A_partial_answer_that_is_too_long() => AssertRefusedAsync(
        Head, ChatResumeRefusal.PartialTooLong, options: null, o => o.Resume = new LlmResumeOptions { MaxPartialCharacters = 3 });

    [Fact]
    public Task Resuming_that_is_turned_off() =>
        AssertRefusedAsync(Head, ChatResumeRefusal.TurnedOff, options: null, o => o.Resume = LlmResumeOptions.Off);

    [Fact]
    public async Task Signed_reasoning_is_continued_by_the_same_provider_elsewhere()
    {
        StubServer server = new StubServer().Streams(Head + Signed).Streams(StubServer.Stream("is blue."));
        LlmProvider region = Providers.First with { BaseAddress = new Uri("https://second.test/v1") };
        using LlmStreamClient client = Providers.Client(server, region);
        Assert.Equal("The sky is blue.", (await client.ReadAsync()).Result.Text);
    }

    [Fact]
    public async Task Reasoning_that_is_not_signed_is_no_obstacle()
    {
        StubServer server = new StubServer().Streams(Reasoning + Head).Streams(StubServer.Stream("is blue."));
        using LlmStreamClient client = Providers.Client(server, Providers.Second);
        (_, ChatStreamResult result) = await client.ReadAsync();
        Assert.Equal(("Hm", "The sky is blue."), (result.Reasoning, result.Text));
    }

    [Fact]
    public async Task A_model_that_starts_over_at_the_fallback()
    {
        const string Long = "The sky is blue because air scatters short waves of light more. ";
        StubServer server = new StubServer().Streams(StubServer.Chunk(Long + "At dusk ")).Streams(StubServer.Stream(Long + "In the evening it is red."));
        using LlmStreamClient client = Providers.Client(server, Providers.Second);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => client.ReadAsync());
        Assert.Equal((ChatResumeRefusal.StartedOver, ChatFallbackRefusal.NoneLeft), (failure.ResumeRefusal, failure.FallbackRefusal));
        Assert.Equal(Long + "At dusk ", failure.Partial.Text);
    }

    [Fact]
    public async Task A_raw_body_has_no_fallback_in_another_format()
    {
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable);
        using LlmStreamClient client = Providers.Client(server, Providers.Third);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () => await client.StreamAsync(Body()).CollectAsync());
        Assert.Equal((ChatStreamError.ServerError, ChatFallbackRefusal.RawRequest), (failure.Error, failure.FallbackRefusal));
        Assert.Null(failure.ResumeRefusal);
    }

    [Fact]
    public async Task A_raw_body_has_one_in_the_same_format_with_its_model()
    {
        StubServer server = new StubServer().Streams(Head).Streams(StubServer.Stream("is blue."));
        using LlmStreamClient client = Providers.Client(server, Providers.Third, Providers.Second);
        Assert.Equal("The sky is blue.", (await client.StreamAsync(Body()).CollectAsync()).Text);
        Assert.Equal(["first", "second"], server.Hosts());
        JsonNode sent = JsonNode.Parse(server.Bodies[1])!;
        Assert.Equal(("m-2", 0.5, true), ((string?)sent["model"], (double)sent["top_p"]!, (bool)sent["stream"]!));
    }

    [Fact]
    public async Task A_body_that_the_caller_has_begun_is_raw_too()
    {
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable).Streams(StubServer.Stream("a"));
        var options = new ChatOptions { RawRepresentationFactory = _ => new JsonObject { ["model"] = "m-own", ["top_a"] = 1 } };
        using LlmStreamClient other = Providers.Client(server, Providers.Third);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => other.AsIChatClient().GetResponseAsync("Why?", options));
        Assert.Equal(ChatFallbackRefusal.RawRequest, failure.FallbackRefusal);

        server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable).Streams(StubServer.Stream("a"));
        using LlmStreamClient same = Providers.Client(server, Providers.Second);
        await same.AsIChatClient().GetResponseAsync("Why?", options);
        Assert.Equal(["m-own", "m-2"], server.Bodies.Select(body => (string?)JsonNode.Parse(body)!["model"]));
        Assert.Equal(1, (int)JsonNode.Parse(server.Bodies[1])!["top_a"]!);
    }

    [Fact]
    public async Task A_part_in_the_format_of_the_first_provider_is_raw_too()
    {
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable);
        using LlmStreamClient client = Providers.Client(server, Providers.Third);
        ChatMessage[] messages = [new(ChatRole.User, [new AIContent { RawRepresentation = new JsonObject { ["type"] = "x" } }])];
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () => await client.StreamAsync(messages).CollectAsync());
        Assert.Equal(ChatFallbackRefusal.RawRequest, failure.FallbackRefusal);
    }

    [Fact]
    public async Task A_conversation_that_a_provider_keeps_is_continued_only_there()
    {
        LlmProvider keeping = LlmProvider.OpenAIResponses with { BaseAddress = new Uri("https://first.test/v1") };
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable);
        using LlmStreamClient client = Providers.Client(server, o => o.Provider = keeping, Providers.Second);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(
            () => client.ReadAsync(options: new ChatOptions { ConversationId = "resp_1" }));
        Assert.Equal(ChatFallbackRefusal.ProviderState, failure.FallbackRefusal);

        // A format that keeps none ignores the id, and so does the fallback.
        server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable).Streams(StubServer.Stream("a"));
        using LlmStreamClient other = Providers.Client(server, Providers.Second);
        await other.ReadAsync(options: new ChatOptions { ConversationId = "resp_1" });
    }

    [Fact]
    public async Task A_fallback_whose_format_cannot_express_the_request_is_passed_over()
    {
        var image = new UriContent("https://a.test/a.png", "image/png");
        LlmProvider ollama = LlmProvider.OllamaNative with { BaseAddress = new Uri("http://localhost:1/api"), DefaultModel = "m" };
        ChatMessage[] messages = [new(ChatRole.User, [new TextContent("What is it?"), image])];
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable).Streams(StubServer.Stream("a"));
        using LlmStreamClient client = Providers.Client(server, ollama, Providers.Second);
        Assert.Equal("a", (await client.StreamAsync(messages).CollectAsync()).Text);

        server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable);
        using LlmStreamClient none = Providers.Client(server, ollama);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () => await none.StreamAsync(messages).CollectAsync());
        Assert.Equal(ChatFallbackRefusal.RequestNotSupported, failure.FallbackRefusal);
    }

    private static JsonObject Body() => new()
    {
        ["model"] = "m-1",
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "Why?" }),
        ["top_p"] = 0.5,
    };

    private static async Task AssertRefusedAsync(
        string stream, ChatResumeRefusal refusal, ChatOptions? options, Action<LlmStreamOptions>? configure = null)
    {
        StubServer server = new StubServer().Streams(stream);
        using LlmStreamClient client = Providers.Client(server, configure, Providers.Second);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => client.ReadAsync(options: options));
        Assert.Equal((refusal, ChatFallbackRefusal.NotResumable), (failure.ResumeRefusal, failure.FallbackRefusal));
        Assert.Single(server.Requests);
    }
}
