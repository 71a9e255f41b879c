using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;

namespace LlmStream.Tests.Transport;

/// <summary>How requests are sent: where to, with which headers, and which errors result.</summary>
public class ChatTransportTests
{
    private static readonly LlmProvider Provider = LlmProvider.CreateOpenAICompatible(new Uri("https://llm.test/v1"));

    private readonly StubServer _server = new();
    private readonly LlmStreamOptions _options = new();

    [Theory]
    [InlineData(1, true)]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public async Task At_most_5_redirects_are_followed(int redirects, bool isFollowed)
    {
        for (int i = 0; i < redirects; i++) Redirects(HttpStatusCode.TemporaryRedirect, $"/hop{i}");
        _server.Streams(StubServer.Stream("Hello"));

        if (isFollowed) Assert.Equal(HttpStatusCode.OK, (await SendAsync()).StatusCode);
        else Assert.Equal(ChatStreamError.InvalidRequest, (await FailAsync()).Error);
        Assert.Equal(isFollowed ? redirects + 1 : 6, _server.Requests.Count);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(304)]
    public async Task A_redirect_that_may_change_the_method_is_not_followed(int status)
    {
        Redirects((HttpStatusCode)status, "/v2");

        ChatStreamException failure = await FailAsync();
        Assert.Equal((ChatStreamError.InvalidRequest, (HttpStatusCode)status, false), (failure.Error, failure.StatusCode, failure.IsTransient));
        Assert.Contains("https://llm.test/v2", failure.Message, StringComparison.Ordinal);
        Assert.Single(_server.Requests);
    }

    [Theory]
    [InlineData("https://llm.test/v2", true)]
    [InlineData("https://LLM.TEST/v2", true)]
    [InlineData("https://llm.test:443/v2", true)]
    [InlineData("https://llm.test:8443/v2", false)]
    [InlineData("http://llm.test/v2", false)]
    [InlineData("http://llm.test:443/v2", false)]
    [InlineData("https://other.test/v2", false)]
    public async Task A_redirect_is_followed_only_on_the_same_server(string target, bool isFollowed)
    {
        Redirects(HttpStatusCode.PermanentRedirect, target);
        _server.Streams(StubServer.Stream("Hello"));

        if (isFollowed) await SendAsync();
        else await FailAsync();
        Assert.Equal(isFollowed ? 2 : 1, _server.Requests.Count);
    }

    [Fact]
    public async Task A_redirect_without_a_target_is_an_error_that_says_so()
    {
        _server.Answers(HttpStatusCode.TemporaryRedirect, headers: ("x-request-id", "r-1"));

        ChatStreamException failure = await FailAsync();
        Assert.Contains("307 without a Location header", failure.Message, StringComparison.Ordinal);
        Assert.Equal("r-1", failure.RequestId);
    }

    [Fact]
    public async Task A_query_in_the_target_is_not_in_the_message()
    {
        Redirects(HttpStatusCode.TemporaryRedirect, "https://other.test/v2?key=secret");
        Assert.DoesNotContain("secret", (await FailAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_success_from_another_server_is_an_error()
    {
        using var http = new HttpClient(new RedirectedHandler());
        var transport = new ChatTransport(http, Provider, ApiKey.Resolve("k", Provider), _options);

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => transport.SendAsync(Request(Provider), TestContext.Current.CancellationToken));
        Assert.Equal(ChatStreamError.InvalidRequest, failure.Error);
        Assert.Contains("https://other.test/", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpRequestError.ConnectionError, true)]
    [InlineData(HttpRequestError.NameResolutionError, true)]
    [InlineData(HttpRequestError.ResponseEnded, true)]
    [InlineData(HttpRequestError.Unknown, true)]
    [InlineData(HttpRequestError.SecureConnectionError, false)]
    [InlineData(HttpRequestError.UserAuthenticationError, false)]
    [InlineData(HttpRequestError.VersionNegotiationError, false)]
    [InlineData(HttpRequestError.ConfigurationLimitExceeded, false)]
    public async Task A_connection_failure_is_transient_unless_it_would_repeat(HttpRequestError error, bool isTransient)
    {
        var cause = new HttpRequestException(error, "the cause");
        _server.Throws(cause);

        ChatStreamException failure = await FailAsync();
        Assert.Equal((ChatStreamError.Connection, isTransient), (failure.Error, failure.IsTransient));
        Assert.Same(cause, failure.InnerException);
        Assert.Equal("compatible could not be reached at https://llm.test/v1/chat/completions: the cause", failure.Message);
    }

    [Fact]
    public async Task A_connection_that_is_not_made_in_time_is_a_connect_timeout()
    {
        _server.Throws(new HttpRequestException("no", new ConnectTimeoutException("llm.test", 443, TimeSpan.FromSeconds(1.5))));

        ChatStreamException failure = await FailAsync();
        Assert.Equal((ChatStreamError.ConnectTimeout, true), (failure.Error, failure.IsTransient));
        Assert.Equal("No connection to llm.test:443 was made within 1.5 seconds.", failure.Message);
    }

    [Fact]
    public async Task A_timeout_of_the_http_client_is_a_timeout_of_the_first_delta()
    {
        _server.Throws(new TaskCanceledException("HttpClient.Timeout elapsed"));

        ChatStreamException failure = await FailAsync();
        Assert.Equal((ChatStreamError.FirstDeltaTimeout, true), (failure.Error, failure.IsTransient));
    }

    [Fact]
    public async Task A_cancellation_is_passed_on()
    {
        using var cancellation = new CancellationTokenSource();
        Task<HttpResponseMessage> sending = Transport(Provider, _server.Hangs()).SendAsync(Request(Provider), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
    }

    [Fact]
    public async Task Only_a_prefill_is_sent_to_the_address_for_prefills()
    {
        LlmProvider provider = Provider with { ContinuationBaseAddress = new Uri("https://llm.test/beta/") };
        ChatTransport transport = Transport(provider, _server);
        ChatRequest request = Request(provider);
        foreach (ChatRequest sent in (ChatRequest[])[request, request.ForContinuation([], isPrefill: true), request, request.ForContinuation([], isPrefill: false)])
        {
            _server.Streams(StubServer.Stream("Hello"));
            await transport.SendAsync(sent, TestContext.Current.CancellationToken);
        }

        Assert.Equal(["/v1/chat/completions", "/beta/chat/completions", "/v1/chat/completions", "/v1/chat/completions"],
            _server.Requests.Select(sent => sent.RequestUri!.AbsolutePath));
    }

    [Fact]
    public async Task Requests_with_different_paths_go_to_different_addresses()
    {
        ChatTransport transport = Transport(LlmProvider.Gemini, _server);
        foreach (string model in (string[])["a", "b", "a"])
        {
            _server.Streams("");
            var body = new JsonObject { ["model"] = model };
            await transport.SendAsync(ChatRequest.Create(body, LlmProvider.Gemini, requestUsage: false), TestContext.Current.CancellationToken);
        }

        Assert.Equal(["a", "b", "a"], _server.Requests.Select(sent => sent.RequestUri!.Segments[^1].Split(':')[0]));
    }

    [Fact]
    public async Task Headers_of_the_request_come_from_the_dialect_the_provider_and_the_options()
    {
        LlmProvider provider = Provider with { Headers = new Dictionary<string, string> { ["X-Provider"] = "p" }, IdempotencyHeader = "Idempotency-Key" };
        _options.Headers["X-Mine"] = "m";
        ChatRequest request = Request(provider);
        _server.Streams(StubServer.Stream("Hello"));
        await Transport(provider, _server).SendAsync(request, TestContext.Current.CancellationToken);

        HttpRequestMessage sent = Assert.Single(_server.Requests);
        Assert.Equal(HttpMethod.Post, sent.Method);
        Assert.Equal(["text/event-stream"], sent.Headers.GetValues("Accept"));
        Assert.Equal(["p"], sent.Headers.GetValues("X-Provider"));
        Assert.Equal(["m"], sent.Headers.GetValues("X-Mine"));
        Assert.Equal([request.IdempotencyKey], sent.Headers.GetValues("Idempotency-Key"));
        Assert.Equal(["Bearer sk-key"], sent.Headers.GetValues("Authorization"));
        Assert.Equal((HttpVersion.Version20, HttpVersionPolicy.RequestVersionOrLower), (sent.Version, sent.VersionPolicy));
    }

    [Fact]
    public async Task An_address_for_prefills_on_another_server_is_ignored()
    {
        LlmProvider provider = Provider with { ContinuationBaseAddress = new Uri("https://other.test/beta/") };
        _server.Streams(StubServer.Stream("Hello"));
        await Transport(provider, _server).SendAsync(Request(provider).ForContinuation([], isPrefill: true), TestContext.Current.CancellationToken);
        Assert.Equal("https://llm.test/v1/chat/completions", Assert.Single(_server.Requests).RequestUri!.AbsoluteUri);
    }

    [Theory]
    [InlineData("//other.test/x")]
    [InlineData("https://other.test/x")]
    [InlineData("../x")]
    [InlineData("/x")]
    public void A_path_that_leads_away_from_the_provider_is_refused(string path) =>
        Assert.Throws<ArgumentException>(() => Transport(Provider with { ChatPath = path }, _server));

    [Theory]
    [InlineData("//other.test/x")]
    [InlineData("../../admin")]
    public void A_model_that_leads_away_from_the_provider_is_refused_before_anything_is_sent(string model)
    {
        LlmProvider azure = Provider with { ChatPath = "deployments/{model}/chat/completions?api-version=1" };
        foreach (LlmProvider provider in (LlmProvider[])[LlmProvider.Gemini, azure])
            Assert.Throws<ArgumentException>(() => ChatRequest.Create(new JsonObject { ["model"] = model }, provider, requestUsage: false));
    }

    [Fact]
    public async Task The_model_is_part_of_the_path_if_that_names_it()
    {
        LlmProvider provider = Provider with
        {
            BaseAddress = new Uri("https://llm.test/openai/?tenant=1"),
            ChatPath = "deployments/{model}/chat/completions?api-version=1",
        };
        _server.Streams(StubServer.Stream("Hello"));
        await Transport(provider, _server).SendAsync(Request(provider), TestContext.Current.CancellationToken);
        Assert.Equal(
            "https://llm.test/openai/deployments/m/chat/completions?tenant=1&api-version=1", Assert.Single(_server.Requests).RequestUri!.AbsoluteUri);
    }

    [Theory]
    [InlineData(null, "Basic dTpwIHA=")]
    [InlineData("sk-key", "Bearer sk-key")]
    public async Task User_information_in_the_address_is_sent_as_basic_credentials_unless_there_is_a_key(string? apiKey, string expected)
    {
        LlmProvider provider = Provider with { BaseAddress = new Uri("https://u:p%20p@llm.test/v1/") };
        var transport = new ChatTransport(new HttpClient(_server, disposeHandler: false), provider, ApiKey.Resolve(apiKey, provider), _options);
        _server.Streams(StubServer.Stream("Hello"));
        await transport.SendAsync(Request(provider), TestContext.Current.CancellationToken);

        HttpRequestMessage sent = Assert.Single(_server.Requests);
        Assert.Equal("https://llm.test/v1/chat/completions", sent.RequestUri!.AbsoluteUri);
        Assert.Equal([expected], sent.Headers.GetValues("Authorization"));
    }

    [Theory]
    [InlineData("1.1", HttpVersionPolicy.RequestVersionOrLower, "2.0")] // the defaults of .NET
    [InlineData("1.1", HttpVersionPolicy.RequestVersionExact, "1.1")]
    [InlineData("2.0", HttpVersionPolicy.RequestVersionExact, "2.0")]
    [InlineData("1.0", HttpVersionPolicy.RequestVersionOrLower, "1.0")]
    [InlineData("3.0", HttpVersionPolicy.RequestVersionOrHigher, "3.0")]
    public async Task The_version_that_the_client_was_set_to_is_used(string version, HttpVersionPolicy policy, string expected)
    {
        using var http = new HttpClient(_server, disposeHandler: false) { DefaultRequestVersion = Version.Parse(version), DefaultVersionPolicy = policy };
        _server.Streams(StubServer.Stream("Hello"));
        await new ChatTransport(http, Provider, ApiKey.Resolve(null, Provider), _options).SendAsync(Request(Provider), TestContext.Current.CancellationToken);

        HttpRequestMessage sent = Assert.Single(_server.Requests);
        Assert.Equal((Version.Parse(expected), policy), (sent.Version, sent.VersionPolicy));
    }

    [Fact]
    public async Task A_header_of_the_content_can_be_set_and_changes_of_the_options_have_no_effect()
    {
        _options.Headers["Content-Type"] = "application/json; charset=utf-8";
        ChatTransport transport = Transport(Provider, _server);
        _options.Headers["X-Late"] = "1\r\n2";
        _server.Streams(StubServer.Stream("Hello"));
        await transport.SendAsync(Request(Provider), TestContext.Current.CancellationToken);

        HttpRequestMessage sent = Assert.Single(_server.Requests);
        Assert.Equal(["application/json; charset=utf-8"], _server.ContentTypes);
        Assert.False(sent.Headers.Contains("X-Late"));
    }

    [Fact]
    public async Task The_body_is_not_sent_to_the_server_of_a_redirect()
    {
        var handler = new FollowingHandler();
        using var http = new HttpClient(handler);
        var transport = new ChatTransport(http, Provider, ApiKey.Resolve("sk-key", Provider), _options);

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => transport.SendAsync(Request(Provider), TestContext.Current.CancellationToken));
        Assert.Equal(ChatStreamError.InvalidRequest, failure.Error);
        Assert.Contains("https://other.test/", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, handler.Sent);
    }

    [Fact]
    public async Task The_body_is_not_sent_to_the_server_of_a_redirect_that_arrives_before_it()
    {
        var handler = new FollowingHandler { RedirectsBeforeTheBody = true };
        using var http = new HttpClient(handler);
        http.DefaultRequestHeaders.ExpectContinue = true;
        var transport = new ChatTransport(http, Provider, ApiKey.Resolve("sk-key", Provider), _options);

        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => transport.SendAsync(Request(Provider), TestContext.Current.CancellationToken));
        Assert.Equal((ChatStreamError.InvalidRequest, 0), (failure.Error, handler.Sent));
    }

    [Fact]
    public async Task A_handler_may_choose_the_server_and_need_not_restore_the_address()
    {
        using var http = new HttpClient(new FollowingHandler { RedirectsBeforeTheBody = true });
        var transport = new ChatTransport(http, Provider, ApiKey.Resolve("sk-key", Provider), _options);

        HttpResponseMessage response = await transport.SendAsync(Request(Provider), TestContext.Current.CancellationToken);
        Assert.Equal("other.test", response.RequestMessage?.RequestUri?.Host);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_success_that_a_request_without_the_body_got_is_an_error(bool isReplay)
    {
        LlmProvider provider = Provider with { Dialect = ChatDialect.Responses };
        ChatRequest request = ChatRequest.Create(new JsonObject { ["model"] = "m", ["input"] = "Why?", ["background"] = true }, provider, requestUsage: false);
        using var http = new HttpClient(new RedirectedHandler { Method = HttpMethod.Get, Target = "https://llm.test/moved" });
        var transport = new ChatTransport(http, provider, ApiKey.Resolve("k", provider), _options);

        Task<HttpResponseMessage> sending = transport.SendAsync(isReplay ? request.ForReplay(null, new("resp_1", "7"))[0] : request, TestContext.Current.CancellationToken);
        if (isReplay) Assert.True((await sending).IsSuccessStatusCode);
        else Assert.Contains("https://llm.test/moved", (await Assert.ThrowsAsync<ChatStreamException>(() => sending)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_header_of_the_key_replaces_one_of_the_options()
    {
        _options.Headers["Authorization"] = "Bearer other";
        _server.Streams(StubServer.Stream("Hello"));
        await SendAsync();

        Assert.Equal(["Bearer sk-key"], Assert.Single(_server.Requests).Headers.GetValues("Authorization"));
    }

    [Fact]
    public async Task A_replay_has_no_body_and_no_idempotency_header()
    {
        LlmProvider provider = LlmProvider.OpenAIResponses;
        var body = new JsonObject { ["model"] = "m", ["input"] = "Why?", ["background"] = true };
        ChatRequest replay = ChatRequest.Create(body, provider, requestUsage: false).ForReplay(null, new("resp_1", "7"))[0];
        _server.Streams("");
        await Transport(provider, _server).SendAsync(replay, TestContext.Current.CancellationToken);

        HttpRequestMessage sent = Assert.Single(_server.Requests);
        Assert.Equal((HttpMethod.Get, false), (sent.Method, sent.Headers.Contains("Idempotency-Key")));
        Assert.Null(sent.Content);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(10, false)]
    public async Task The_body_of_an_error_is_read_up_to_the_limit_of_the_options(int limit, bool isWhole)
    {
        _options.Read = new ChatReadOptions { MaxErrorBodyBytes = limit };
        _server.Answers(HttpStatusCode.BadRequest, """{"error":{"message":"No."}}""");

        Assert.Equal(isWhole, (await FailAsync()).ProviderMessage == "No.");
    }

    private static ChatRequest Request(LlmProvider provider) => ChatRequest.Create(new JsonObject { ["model"] = "m" }, provider, requestUsage: false);

    private void Redirects(HttpStatusCode status, string target) => _server.Answers(status, headers: ("Location", target));

    private ChatTransport Transport(LlmProvider provider, StubServer server) =>
        new(new HttpClient(server, disposeHandler: false), provider, ApiKey.Resolve("sk-key", provider), _options);

    private Task<HttpResponseMessage> SendAsync() => Transport(Provider, _server).SendAsync(Request(Provider), TestContext.Current.CancellationToken);

    private Task<ChatStreamException> FailAsync() => Assert.ThrowsAsync<ChatStreamException>(SendAsync);

    /// <summary>A handler that follows a redirect to another server by itself, as those of .NET do: with the same message.</summary>
    private sealed class FollowingHandler : HttpMessageHandler
    {
        /// <summary>Whether the server redirects when it is asked whether it wants the body.</summary>
        public bool RedirectsBeforeTheBody { get; init; }

        public long Sent { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!RedirectsBeforeTheBody) await request.Content!.CopyToAsync(Stream.Null, cancellationToken); // to the server that redirects
            request.RequestUri = new Uri("https://other.test/");
            using var sent = new MemoryStream();
            try
            {
                await request.Content!.CopyToAsync(sent, cancellationToken);
            }
            finally
            {
                Sent = sent.Length;
            }

            return new HttpResponseMessage { RequestMessage = request, Content = new StringContent("") };
        }
    }

    /// <summary>A handler that has followed a redirect to another server by itself.</summary>
    private sealed class RedirectedHandler : HttpMessageHandler
    {
        public HttpMethod Method { get; init; } = HttpMethod.Post;

        public string Target { get; init; } = "https://other.test/";

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage { RequestMessage = new HttpRequestMessage(Method, Target), Content = new StringContent("") });
    }
}
