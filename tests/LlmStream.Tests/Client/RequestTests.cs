using System.Net;
using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;
using RichardSzalay.MockHttp;

namespace LlmStream.Tests.Client;

/// <summary>What goes out on the wire.</summary>
public class RequestTests
{
    private static readonly JsonObject Body = new() { ["model"] = "m-1", ["messages"] = new JsonArray(), ["new_parameter"] = new JsonObject { ["x"] = 1 } };

    [Fact]
    public async Task A_request_goes_where_it_should_with_what_it_should()
    {
        using var http = new MockHttpMessageHandler();
        http.Expect(HttpMethod.Post, "https://api.deepseek.com/v1/chat/completions")
            .WithHeaders("Authorization", "Bearer sk-deep-0123456789")
            .WithHeaders("Accept", "text/event-stream")
            .WithHeaders("X-Mine", "yes")
            .With(request => request.Content!.Headers.ContentType!.ToString() == "application/json")
            .With(request => request.Version == HttpVersion.Version20 && request.VersionPolicy == HttpVersionPolicy.RequestVersionOrLower)
            .Respond("text/event-stream", StubServer.Stream("Hello"));
        var options = new LlmStreamOptions { Provider = LlmProvider.DeepSeek, ApiKey = "sk-deep-0123456789", Headers = { ["X-Mine"] = "yes" } };
        using var client = new LlmStreamClient(http.ToHttpClient(), options);

        await DrainAsync(client);
        http.VerifyNoOutstandingExpectation();
    }

    [Fact]
    public async Task A_body_is_sent_as_it_is_and_asks_for_a_stream_and_its_usage()
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
    public async Task Usage_is_not_asked_for_where_that_is_unwanted_or_needless()
    {
        var unwanted = new StubServer().Streams(StubServer.Stream("Hello"));
        await DrainAsync(unwanted.Client(options => options.RequestUsage = false));
        Assert.DoesNotContain("stream_options", unwanted.Bodies[0], StringComparison.Ordinal);

        var needless = new StubServer().Streams(StubServer.Stream("Hello"));
        await DrainAsync(needless.Client(options => options.Provider = options.Provider with { UsageMustBeRequested = false }));
        Assert.DoesNotContain("stream_options", needless.Bodies[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_body_says_of_usage_stands()
    {
        var server = new StubServer().Streams(StubServer.Stream("Hello"));
        var body = new JsonObject { ["model"] = "m-1", ["stream_options"] = new JsonObject { ["include_usage"] = false } };

        await foreach (ChatDelta _ in server.Client().StreamAsync(body))
        {
        }

        Assert.Contains("""{"include_usage":false}""", server.Bodies[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Azure_has_a_header_and_a_path_of_its_own()
    {
        var server = new StubServer().Streams(StubServer.Stream("Hello"));
        await DrainAsync(server.Client(options => options.Provider = LlmProvider.AzureOpenAI(new Uri("https://my-resource.openai.azure.com"))));

        HttpRequestMessage request = Assert.Single(server.Requests);
        Assert.Equal("https://my-resource.openai.azure.com/openai/v1/chat/completions", request.RequestUri!.ToString());
        Assert.Equal("sk-secret-0123456789", request.Headers.GetValues("api-key").Single());
        Assert.Null(request.Headers.Authorization);
    }

    [Fact]
    public async Task DashScope_is_asked_for_a_stream_by_a_header()
    {
        var server = new StubServer().Streams("""data:{"output":{"text":"Hello","finish_reason":"stop"},"request_id":"r"}""" + "\n\n");
        await DrainAsync(server.Client(options => options.Provider = LlmProvider.DashScope));

        HttpRequestMessage request = Assert.Single(server.Requests);
        Assert.Equal("https://dashscope.aliyuncs.com/api/v1/services/aigc/text-generation/generation", request.RequestUri!.ToString());
        Assert.Equal("enable", request.Headers.GetValues("X-DashScope-SSE").Single());
        Assert.DoesNotContain("\"stream\"", server.Bodies[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_was_handed_in_is_not_disposed_of()
    {
        var server = new StubServer().Streams(StubServer.Stream("a")).Streams(StubServer.Stream("b"));
        using var http = new HttpClient(server);
        var options = new LlmStreamOptions { Provider = LlmProvider.Compatible(new Uri("http://localhost:1/v1")) };

        for (int i = 0; i < 2; i++)
        {
            using var client = new LlmStreamClient(http, options);
            await DrainAsync(client);
        }

        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public void What_is_missing_is_said_at_once_and_with_a_way_out()
    {
        Assert.Throws<ArgumentNullException>(() => new LlmStreamClient((LlmProvider)null!));
        Assert.Throws<ArgumentNullException>(() => new LlmStreamClient((LlmStreamOptions)null!));
        Assert.Throws<ArgumentNullException>(() => new LlmStreamClient(null!, new LlmStreamOptions()));

        LlmProvider nobody = LlmProvider.OpenAI with { ApiKeyVariable = "LLMSTREAM_TEST_NO_SUCH_KEY" };
        Assert.Contains("LLMSTREAM_TEST_NO_SUCH_KEY", Assert.Throws<ArgumentException>(() => new LlmStreamClient(nobody)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new LlmStreamClient(nobody, "sk two words"));
        Assert.Throws<ArgumentException>(() => LlmProvider.Compatible(new Uri("ftp://example.com")));
        Assert.Throws<ArgumentException>(() => LlmProvider.Compatible(new Uri("/v1", UriKind.Relative)));
        Assert.Contains("deepseek", Assert.Throws<ArgumentException>(() => LlmProvider.Find("deepsek")).Message, StringComparison.Ordinal);

        LlmStreamClient client = new StubServer().Client();
        Assert.Throws<ArgumentNullException>(() => { client.StreamAsync((JsonObject)null!); });
        Assert.Throws<ArgumentException>(() => { client.StreamAsync(""); });
        Assert.Throws<ArgumentNullException>(() => { client.StreamAsync((IEnumerable<Microsoft.Extensions.AI.ChatMessage>)null!); });
        Assert.Throws<ArgumentException>(() => { client.StreamAsync(Array.Empty<Microsoft.Extensions.AI.ChatMessage>()); });
    }

    [Fact]
    public void The_table_of_providers_is_sound()
    {
        Assert.Equal(LlmProvider.All.Count, LlmProvider.All.Select(provider => provider.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.All(LlmProvider.All, provider =>
        {
            Assert.EndsWith("/", provider.BaseAddress.AbsolutePath, StringComparison.Ordinal);
            Assert.True(provider.BaseAddress.Scheme == "https" || provider.BaseAddress.IsLoopback);
            Assert.Equal(provider.Name.ToLowerInvariant(), provider.Name);
            Assert.True(provider.ApiKeyVariable is not null || provider.BaseAddress.IsLoopback);
            Assert.Same(provider, LlmProvider.Find(provider.Name.ToUpperInvariant()));
        });
    }

    private static async Task DrainAsync(LlmStreamClient client)
    {
        await foreach (ChatDelta _ in client.StreamAsync(Body))
        {
        }
    }
}
