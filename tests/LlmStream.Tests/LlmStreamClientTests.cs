using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using RichardSzalay.MockHttp;

namespace LlmStream.Tests;

/// <summary>What the client sends, and what its constructors and methods refuse.</summary>
public class LlmStreamClientTests
{
    private static readonly JsonObject Body = new() { ["model"] = "m-1", ["messages"] = new JsonArray(), ["new_parameter"] = new JsonObject { ["x"] = 1 } };

    [Fact]
    public async Task A_request_has_the_address_and_headers_of_its_provider()
    {
        using var http = new MockHttpMessageHandler();
        http.Expect(HttpMethod.Post, "https://api.deepseek.com/v1/chat/completions")
            .WithHeaders("Authorization", "Bearer sk-deep-0123456789")
            .WithHeaders("Accept", "text/event-stream")
            .WithHeaders("X-Mine", "yes")
            .With(request => request.Content!.Headers.ContentType!.ToString() == "application/json")
#if !LIBRARY_FOR_NETSTANDARD
            .With(request => request.Version == HttpVersion.Version20 && request.VersionPolicy == HttpVersionPolicy.RequestVersionOrLower)
#endif
            .Respond("text/event-stream", StubServer.Stream("Hello"));
        var options = new LlmStreamOptions { Provider = LlmProvider.DeepSeek, ApiKey = "sk-deep-0123456789", Headers = { ["X-Mine"] = "yes" } };
        using var client = new LlmStreamClient(http.ToHttpClient(), options);

        await DrainAsync(client);
        http.VerifyNoOutstandingExpectation();
    }

    [Fact]
    public async Task A_body_is_sent_as_it_is_and_requests_a_stream_and_usage()
    {
        var server = new StubServer().Streams(StubServer.Stream("Hello"));
        string before = Body.ToJsonString();

        await DrainAsync(server.Client());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(server.Bodies[0]), JsonNode.Parse("""
            {"model":"m-1","messages":[],"new_parameter":{"x":1},"stream":true,"stream_options":{"include_usage":true}}
            """)));
        Assert.Equal(before, Body.ToJsonString());
    }

    [Fact]
    public async Task Usage_is_not_requested_if_that_is_turned_off_or_not_needed()
    {
        var turnedOff = new StubServer().Streams(StubServer.Stream("Hello"));
        await DrainAsync(turnedOff.Client(options => options.RequestUsage = false));
        Assert.DoesNotContain("stream_options", turnedOff.Bodies[0], StringComparison.Ordinal);

        var notNeeded = new StubServer().Streams(StubServer.Stream("Hello"));
        await DrainAsync(notNeeded.Client(options => options.Provider = options.Provider with { UsageMustBeRequested = false }));
        Assert.DoesNotContain("stream_options", notNeeded.Bodies[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_states_whether_usage_is_sent_is_not_changed()
    {
        var server = new StubServer().Streams(StubServer.Stream("Hello"));
        var body = new JsonObject { ["model"] = "m-1", ["stream_options"] = new JsonObject { ["include_usage"] = false } };

        await foreach (ChatDelta _ in server.Client().StreamAsync(body))
        {
        }

        Assert.Contains("""{"include_usage":false}""", server.Bodies[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Azure_has_its_own_header_and_path()
    {
        var server = new StubServer().Streams(StubServer.Stream("Hello"));
        await DrainAsync(server.Client(options => options.Provider = LlmProvider.CreateAzureOpenAI(new Uri("https://my-resource.openai.azure.com"))));

        HttpRequestMessage request = Assert.Single(server.Requests);
        Assert.Equal("https://my-resource.openai.azure.com/openai/v1/chat/completions", request.RequestUri!.ToString());
        Assert.Equal("sk-secret-0123456789", request.Headers.GetValues("api-key").Single());
        Assert.Null(request.Headers.Authorization);
    }

    [Fact]
    public async Task DashScope_streams_on_request_by_a_header()
    {
        var server = new StubServer().Streams("""data:{"output":{"text":"Hello","finish_reason":"stop"},"request_id":"r"}""" + "\n\n");
        await DrainAsync(server.Client(options => options.Provider = LlmProvider.DashScope));

        HttpRequestMessage request = Assert.Single(server.Requests);
        Assert.Equal("https://dashscope.aliyuncs.com/api/v1/services/aigc/text-generation/generation", request.RequestUri!.ToString());
        Assert.Equal("enable", request.Headers.GetValues("X-DashScope-SSE").Single());
        Assert.DoesNotContain("\"stream\"", server.Bodies[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_http_client_that_was_passed_is_not_disposed_of()
    {
        var server = new StubServer().Streams(StubServer.Stream("a")).Streams(StubServer.Stream("b"));
        using var http = new HttpClient(server);
        var options = new LlmStreamOptions { Provider = LlmProvider.CreateOpenAICompatible(new Uri("http://localhost:1/v1")) };

        for (int i = 0; i < 2; i++)
        {
            using var client = new LlmStreamClient(http, options);
            await DrainAsync(client);
        }

        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Options_that_are_changed_later_have_no_effect()
    {
        var server = new StubServer().Streams(StubServer.Stream("a"));
        using var http = new HttpClient(server);
        var options = new LlmStreamOptions { Provider = LlmProvider.CreateOpenAICompatible(new Uri("http://localhost:1/v1")), Model = "m-1" };
        options.Headers["x-tenant"] = "a";
        using var client = new LlmStreamClient(http, options);
        options.Headers["x-tenant"] = "b";
        options.Headers["x-other"] = "b";
        options.Model = "m-2";
        options.Provider = LlmProvider.CreateOpenAICompatible(new Uri("http://localhost:2/v1"));

        await foreach (ChatDelta _ in client.StreamAsync("Hi"))
        {
        }

        HttpRequestMessage request = Assert.Single(server.Requests);
        Assert.Equal(("a", 1), (request.Headers.GetValues("x-tenant").Single(), request.RequestUri!.Port));
        Assert.False(request.Headers.Contains("x-other"));
        Assert.Contains("\"m-1\"", server.Bodies[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_arguments_are_refused_at_once()
    {
        Assert.Throws<ArgumentNullException>(() => new LlmStreamClient((LlmProvider)null!));
        Assert.Throws<ArgumentNullException>(() => new LlmStreamClient((LlmStreamOptions)null!));
        Assert.Throws<ArgumentNullException>(() => new LlmStreamClient(null!, new LlmStreamOptions()));

        LlmProvider unconfigured = LlmProvider.OpenAI with { ApiKeyVariable = "LLMSTREAM_TEST_NO_SUCH_KEY" };
        Assert.Contains("LLMSTREAM_TEST_NO_SUCH_KEY", Assert.Throws<ArgumentException>(() => new LlmStreamClient(unconfigured)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("apiKey", () => new LlmStreamClient(unconfigured, "sk two words"));
        Assert.Throws<ArgumentException>("options", () => new LlmStreamClient(new LlmStreamOptions { Provider = unconfigured }));
        Assert.Throws<ArgumentException>(() => LlmProvider.CreateOpenAICompatible(new Uri("ftp://example.com")));
        Assert.Throws<ArgumentException>(() => LlmProvider.CreateOpenAICompatible(new Uri("/v1", UriKind.Relative)));
        Assert.Contains("deepseek", Assert.Throws<FormatException>(() => LlmProvider.Parse("deepsek")).Message, StringComparison.Ordinal);

        LlmStreamClient client = new StubServer().Client();
        Assert.Throws<ArgumentNullException>(() => { client.StreamAsync((JsonObject)null!); });
        Assert.Throws<ArgumentException>(() => { client.StreamAsync(""); });
        Assert.Throws<ArgumentNullException>(() => { client.StreamAsync((IEnumerable<Microsoft.Extensions.AI.ChatMessage>)null!); });
        Assert.Throws<ArgumentException>(() => { client.StreamAsync(Array.Empty<Microsoft.Extensions.AI.ChatMessage>()); });
    }

    private static async Task DrainAsync(LlmStreamClient client)
    {
        await foreach (ChatDelta _ in client.StreamAsync(Body))
        {
        }
    }
}
