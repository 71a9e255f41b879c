using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Resilience.Fallback;

/// <summary>Fallbacks before the first delta.</summary>
public class FallbackTests
{
    private static readonly string Answer = StubServer.Stream("The sky ", "is blue.");

    [Fact]
    public async Task The_next_provider_gets_the_request_when_the_retries_are_used_up()
    {
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable).Answers(HttpStatusCode.BadGateway).Streams(Answer);
        using LlmStreamClient client = Providers.Client(server, o => o.Retry = new LlmRetryOptions { MaxRetries = 1 }, Providers.Second);
        (List<ChatDelta> deltas, ChatStreamResult result) = await client.ReadAsync();

        Assert.Equal(["first", "first", "second"], server.Hosts());
        Assert.Equal("The sky is blue.", result.Text);
        Assert.Equal(["sk-secret-0123456789", "sk-secret-0123456789", "key-of-second"], server.Requests.Select(r => r.Headers.Authorization!.Parameter));
        Assert.Equal(["m-1", "m-1", "m-2"], server.Bodies.Select(body => (string?)JsonNode.Parse(body)!["model"]));
        Assert.All(deltas, delta => Assert.Equal(("second", 3), (delta.Stream.Provider, delta.Stream.Attempt)));
        Assert.All(deltas, delta => Assert.Null(delta.Seam)); // nothing had been delivered
        Assert.Equal(
            [(1, "first", "m-1", ChatStreamError.ServerError), (2, "first", "m-1", ChatStreamError.ServerError), (3, "second", "m-2", null)],
            result.Attempts.Select(a => (a.Number, a.Provider, a.Model, a.Error)));
    }

    [Fact]
    public async Task Each_provider_has_the_retries_to_itself()
    {
        var server = new StubServer();
        for (int i = 0; i < 5; i++) server.Answers(HttpStatusCode.InternalServerError);
        server.Streams(Answer);
        using LlmStreamClient client = Providers.Client(server, o => o.Retry = new LlmRetryOptions { MaxRetries = 2 }, Providers.Second);
        await client.ReadAsync();
        Assert.Equal(["first", "first", "first", "second", "second", "second"], server.Hosts());
    }

    [Fact]
    public async Task A_provider_where_a_retry_is_pointless_is_left_at_once()
    {
        StubServer server = new StubServer().Answers(HttpStatusCode.Unauthorized).Answers(HttpStatusCode.NotFound).Streams(Providers.AnthropicAnswer);
        using LlmStreamClient client = Providers.Client(server, o => o.Retry = new LlmRetryOptions(), Providers.Second, Providers.Third);
        (_, ChatStreamResult result) = await client.ReadAsync();
        Assert.Equal(["first", "second", "third"], server.Hosts());
        Assert.Equal("blue.", result.Text);
    }

    [Fact]
    public async Task The_error_of_the_last_provider_is_thrown_with_all_attempts()
    {
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable).Answers(HttpStatusCode.PaymentRequired);
        using LlmStreamClient client = Providers.Client(server, Providers.Second);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => client.ReadAsync());

        Assert.Equal((HttpStatusCode.PaymentRequired, ChatFallbackRefusal.NoneLeft, 2), (failure.StatusCode, failure.FallbackRefusal, failure.AttemptCount));
        Assert.Null(failure.ResumeRefusal);
        Assert.Equal(["first", "second"], failure.Partial.Attempts.Select(attempt => attempt.Provider));
    }

    [Fact]
    public async Task An_error_of_the_caller_is_thrown()
    {
        StubServer server = new StubServer().Answers(HttpStatusCode.BadRequest, """{"error":{"message":"messages: expected an array","code":"invalid_type"}}""");
        using LlmStreamClient client = Providers.Client(server, Providers.Second);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => client.ReadAsync());
        Assert.Equal((ChatStreamError.InvalidRequest, ChatFallbackRefusal.NotForThisError), (failure.Error, failure.FallbackRefusal));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Without_fallbacks_there_is_no_refusal()
    {
        using LlmStreamClient client = Providers.Client(new StubServer().Answers(HttpStatusCode.Unauthorized));
        Assert.Null((await Assert.ThrowsAsync<ChatStreamException>(() => client.ReadAsync())).FallbackRefusal);
    }

    [Fact]
    public async Task The_caller_chooses_by_the_failure()
    {
        var seen = new List<LlmFallbackContext>();
        StubServer server = new StubServer().Answers(HttpStatusCode.BadRequest, """{"error":{"message":"Too long.","code":"context_length_exceeded"}}""").Streams(Providers.AnthropicAnswer);
        using LlmStreamClient client = Providers.Client(
            server,
            options => options.SelectFallback = context =>
            {
                seen.Add(context);
                return context.Exception.ProviderCode == "context_length_exceeded" ? context.Remaining[1] : context.Default;
            },
            Providers.Second,
            Providers.Third);
        await client.ReadAsync();

        Assert.Equal(["first", "third"], server.Hosts());
        LlmFallbackContext context = Assert.Single(seen);
        Assert.Equal((Providers.First, Providers.Fallback(Providers.Second), 2), (context.Provider, context.Default, context.Remaining.Count));
        Assert.Equal("", context.Exception.Partial.Text);
    }

    [Fact]
    public async Task The_caller_may_choose_none_or_one_in_spite_of_the_rule()
    {
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable);
        using LlmStreamClient none = Providers.Client(server, o => o.SelectFallback = _ => null, Providers.Second);
        Assert.Equal(ChatFallbackRefusal.NotForThisError, (await Assert.ThrowsAsync<ChatStreamException>(() => none.ReadAsync())).FallbackRefusal);

        server = new StubServer().Answers(HttpStatusCode.BadRequest).Streams(Answer);
        using LlmStreamClient any = Providers.Client(server, o => o.SelectFallback = context => context.Default ?? context.Remaining[0], Providers.Second);
        Assert.Equal("The sky is blue.", (await any.ReadAsync()).Result.Text);
    }

    [Fact]
    public async Task A_choice_that_is_not_one_of_those_that_remain_is_a_bug_of_the_caller()
    {
        using LlmStreamClient client = Providers.Client(
            new StubServer().Answers(HttpStatusCode.ServiceUnavailable), o => o.SelectFallback = _ => Providers.Fallback(Providers.Third), Providers.Second);
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.ReadAsync());
    }

    [Fact]
    public async Task A_model_of_the_caller_is_only_for_the_first_provider()
    {
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable).Streams(Answer);
        using LlmStreamClient client = Providers.Client(server, Providers.Second);
        var options = new ChatOptions { ModelId = "m-big", Temperature = 0.5f };
        await client.ReadAsync(options: options);
        Assert.Equal(["m-big", "m-2"], server.Bodies.Select(body => (string?)JsonNode.Parse(body)!["model"]));
        Assert.Equal([0.5, 0.5], server.Bodies.Select(body => (double)JsonNode.Parse(body)!["temperature"]!));
        Assert.Equal("m-big", options.ModelId);
    }

    [Fact]
    public async Task Headers_of_the_options_are_only_for_the_first_provider()
    {
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable).Streams(Answer);
        using LlmStreamClient client = Providers.Client(server, o => o.Headers["x-team-token"] = "t-1", Providers.Second);
        await client.ReadAsync();
        Assert.Equal([true, false], server.Requests.Select(request => request.Headers.Contains("x-team-token")));
    }

    [Fact]
    public async Task The_key_of_a_fallback_is_not_in_its_error()
    {
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable)
            .Answers(HttpStatusCode.Unauthorized, """{"error":{"message":"Incorrect API key provided: key-of-second."}}""");
        using LlmStreamClient client = Providers.Client(server, Providers.Second);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => client.ReadAsync());
        Assert.DoesNotContain("key-of-second", failure.ToString(), StringComparison.Ordinal);
        Assert.Contains("Incorrect API key", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_of_the_whole_call_covers_all_providers()
    {
        var time = new FakeTimeProvider();
        StubServer server = new StubServer().Hangs();
        using LlmStreamClient client = Providers.Client(
            server,
            o => (o.TimeProvider, o.Timeouts) = (time, new LlmTimeoutOptions { Total = TimeSpan.FromSeconds(5), FirstDelta = TimeSpan.FromMinutes(1) }),
            Providers.Second);
        Task<(List<ChatDelta>, ChatStreamResult)> read = client.ReadAsync();
        await time.TimerSetAsync(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => read);
        Assert.Equal((ChatStreamError.TotalTimeout, ChatFallbackRefusal.NotForThisError), (failure.Error, failure.FallbackRefusal));
    }

    [Fact]
    public async Task A_chat_client_falls_back_too()
    {
        StubServer server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable).Streams(Answer);
        using LlmStreamClient client = Providers.Client(server, Providers.Second);
        ChatResponse response = await client.AsIChatClient().GetResponseAsync("Why?");
        Assert.Equal("The sky is blue.", response.Text);
        Assert.Equal(["first", "second"], server.Hosts());
    }

    [Fact]
    public void A_fallback_needs_a_key_and_a_model()
    {
        LlmFallback keyless = new() { Provider = Providers.Second with { ApiKeyVariable = "LLMSTREAM_TEST_NO_SUCH_KEY" } };
        ArgumentException key = Assert.Throws<ArgumentException>(() => Providers.Client(new StubServer(), o => o.Fallbacks.Add(keyless)));
        Assert.Contains("no API key for the provider 'second'", key.Message, StringComparison.Ordinal);

        LlmFallback modelless = new() { Provider = Providers.Second with { DefaultModel = null } };
        ArgumentException model = Assert.Throws<ArgumentException>(() => Providers.Client(new StubServer(), o => o.Fallbacks.Add(modelless)));
        Assert.Contains("'second' has no model", model.Message, StringComparison.Ordinal);

        Assert.Throws<ArgumentException>(() => Providers.Client(new StubServer(), o => o.Fallbacks.Add(null!)));
    }

    [Fact]
    public void A_key_in_the_default_headers_of_an_http_client_is_refused_because_all_servers_would_get_it()
    {
        using var http = new HttpClient(new StubServer());
        http.DefaultRequestHeaders.TryAddWithoutValidation("api-key", "secret");
        var options = new LlmStreamOptions { Provider = Providers.First };
        using (new LlmStreamClient(http, options))
        {
            options.Fallbacks.Add(Providers.Fallback(Providers.Second));
            Assert.Contains("'api-key'", Assert.Throws<ArgumentException>(() => new LlmStreamClient(http, options)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Later_changes_of_the_options_have_no_effect()
    {
        var server = new StubServer().Answers(HttpStatusCode.ServiceUnavailable);
        LlmStreamOptions? used = null;
        using LlmStreamClient client = Providers.Client(server, options => used = options);
        used!.Fallbacks.Add(Providers.Fallback(Providers.Second));
        await Assert.ThrowsAsync<ChatStreamException>(() => client.ReadAsync());
        Assert.Single(server.Requests);
    }

    [Fact]
    public void A_fallback_shows_its_provider_and_model_but_not_its_key()
    {
        Assert.Equal("second", Providers.Fallback(Providers.Second).ToString());
        Assert.Equal("second:m-9", Providers.Fallback(Providers.Second, "m-9").ToString());
    }
}
