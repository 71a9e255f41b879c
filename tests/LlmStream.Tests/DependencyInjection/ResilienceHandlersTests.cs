using System.Net;
using LlmStream.DependencyInjection;
using LlmStream.Testing;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Timeout;

namespace LlmStream.Tests.DependencyInjection;

/// <summary>Which handlers a client has, with the resilience handlers of Microsoft and others like them.</summary>
public class ResilienceHandlersTests
{
    private static readonly LlmProvider Local =
        LlmProvider.CreateOpenAICompatible(new Uri("http://localhost:1/v1"), "local") with { DefaultModel = "m-1" };

    [Theory]
    [InlineData(typeof(ResilienceHandler), true)]
    [InlineData(typeof(Polly.Handlers.FakePollyHandler), true)]
    [InlineData(typeof(Microsoft.Extensions.Http.PolicyHttpMessageHandler), true)]
    [InlineData(typeof(DerivedHandler), true)]
    [InlineData(typeof(OtherHandler), false)]
    [InlineData(typeof(PollyLike.FakeHandler), false)]
    [InlineData(typeof(SocketsHttpHandler), false)]
    public void Resilience_handlers_are_recognised_by_the_names_of_their_types(Type type, bool expected) =>
        Assert.Equal(expected, ResilienceHandlers.IsResilienceHandler(type));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Those_of_all_clients_are_removed_and_other_handlers_stay(bool isConfiguredFirst)
    {
        var services = new ServiceCollection();
        if (isConfiguredFirst) ConfigureDefaults(services);
        services.AddLlmStream(options => options.Provider = Local).AddHttpMessageHandler(() => new OtherHandler("own"));
        services.AddLlmStream("named", options => options.Provider = Local);
        services.AddHttpClient("another");
        if (!isConfiguredFirst) ConfigureDefaults(services);

        Assert.Equal(["default", "own"], Handlers(services, "LlmStream"));
        Assert.Equal(["default"], Handlers(services, "LlmStream:named"));
        Assert.Equal(["ResilienceHandler", "default", "ResilienceHandler"], Handlers(services, "another"));
    }

    [Fact]
    public void Hedging_handlers_are_removed_too()
    {
        var services = new ServiceCollection();
        services.ConfigureHttpClientDefaults(http => http.AddStandardHedgingHandler());
        services.AddLlmStream(options => options.Provider = Local);
        Assert.Empty(Handlers(services, "LlmStream"));
    }

    [Fact]
    public void Those_added_to_the_builder_of_the_client_stay()
    {
        var services = new ServiceCollection();
        ConfigureDefaults(services);
        services.AddLlmStream(options => options.Provider = Local).AddResilienceHandler("own", _ => { });
        Assert.Equal(["default", "ResilienceHandler"], Handlers(services, "LlmStream"));
    }

    [Fact]
    public void Those_of_all_clients_can_be_kept_for_one_client()
    {
        var services = new ServiceCollection();
        services.AddLlmStream("kept", options => options.Provider = Local).KeepDefaultResilienceHandlers();
        services.AddLlmStream(options => options.Provider = Local);
        ConfigureDefaults(services);

        Assert.Equal(["ResilienceHandler", "default", "ResilienceHandler"], Handlers(services, "LlmStream:kept"));
        Assert.Equal(["default"], Handlers(services, "LlmStream"));
        Assert.Throws<ArgumentNullException>(() => ((IHttpClientBuilder)null!).KeepDefaultResilienceHandlers());
    }

    [Fact]
    public async Task A_server_that_always_fails_gets_as_many_requests_as_the_options_of_the_client_say()
    {
        var server = new StubServer();
        for (int i = 0; i < 100; i++) server.Answers(HttpStatusCode.ServiceUnavailable);
        var services = new ServiceCollection();
        services.ConfigureHttpClientDefaults(http => http.AddStandardResilienceHandler(
            options => options.Retry.Delay = TimeSpan.FromMilliseconds(1)));
        services.AddLlmStream(options =>
        {
            options.Provider = Local;
            options.Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero };
        }).ConfigurePrimaryHttpMessageHandler(() => server);
        await using ServiceProvider provider = services.BuildServiceProvider();

        ChatStreamException failure = await FailureOf(provider);
        Assert.Equal((4, 4), (server.Requests.Count, failure.AttemptCount));
    }

    [Fact]
    public async Task A_request_that_a_kept_handler_ends_is_an_error_that_names_the_cause()
    {
        var server = new StubServer().Hangs().Hangs().Hangs();
        var services = new ServiceCollection();
        services.ConfigureHttpClientDefaults(http => http.AddResilienceHandler(
            "impatient", builder => builder.AddTimeout(TimeSpan.FromMilliseconds(10))));
        services.AddLlmStream(options =>
        {
            options.Provider = Local;
            options.Retry = LlmRetryOptions.Off;
        }).KeepDefaultResilienceHandlers().ConfigurePrimaryHttpMessageHandler(() => server);
        await using ServiceProvider provider = services.BuildServiceProvider();

        ChatStreamException failure = await FailureOf(provider);
        Assert.Equal(ChatStreamError.FirstDeltaTimeout, failure.Error);
        Assert.Contains("A resilience handler of the HttpClient ended the request", failure.Message, StringComparison.Ordinal);
        Assert.IsType<TimeoutRejectedException>(failure.InnerException);
    }

    [Fact]
    public async Task The_retries_of_a_kept_handler_count_as_those_of_the_client()
    {
        await using var server = await StartAsync(Script.Status(503));
        var services = new ServiceCollection();
        services.ConfigureHttpClientDefaults(http => http.AddStandardResilienceHandler(
            options => options.Retry.Delay = TimeSpan.FromMilliseconds(1)));
        services.AddLlmStream(options =>
        {
            options.Provider = server.Provider;
            options.Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero };
        }).KeepDefaultResilienceHandlers();
        await using ServiceProvider provider = services.BuildServiceProvider();

        ChatStreamException failure = await FailureOf(provider);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, 4), (failure.StatusCode, server.Requests.Count));
    }

    [Fact]
    public async Task A_request_that_a_kept_handler_sent_again_and_ended_is_not_retried()
    {
        await using var server = await StartAsync(Script.Answer("Hello").WithDelay(TimeSpan.FromMinutes(1)));
        var services = new ServiceCollection();
        services.ConfigureHttpClientDefaults(http => http.AddResilienceHandler("impatient", builder => builder
            .AddRetry(new HttpRetryStrategyOptions { MaxRetryAttempts = 2, Delay = TimeSpan.Zero })
            .AddTimeout(TimeSpan.FromMilliseconds(200))));
        services.AddLlmStream(options =>
        {
            options.Provider = server.Provider;
            options.Retry = new LlmRetryOptions { BaseDelay = TimeSpan.Zero, MaxRetries = 50 };
        }).KeepDefaultResilienceHandlers();
        await using ServiceProvider provider = services.BuildServiceProvider();

        ChatStreamException failure = await FailureOf(provider);
        Assert.Equal((3, false), (server.Requests.Count, failure.IsTransient));
        Assert.Contains("sent again by such a handler: 2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Service_discovery_finds_the_server_of_a_provider()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        await using var server = await StartAsync(Script.Answer("Hello"));
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection([new("Services:models:http:0", server.BaseAddress.Authority)]).Build());
        services.AddServiceDiscovery();
        services.ConfigureHttpClientDefaults(http =>
        {
            http.AddStandardResilienceHandler();
            http.AddServiceDiscovery();
        });
        services.AddLlmStream(options => options.Provider = Local with { BaseAddress = new Uri("http://models/v1") });
        await using ServiceProvider provider = services.BuildServiceProvider();

        ChatStreamResult result = await provider.GetRequiredService<LlmStreamClient>()
            .StreamAsync("Hi", cancellationToken: cancellation).CollectAsync(cancellation);
        Assert.Equal("Hello", result.Text);
        Assert.Equal("/v1/chat/completions", Assert.Single(server.Requests).Path);
    }

    // A real server: the client counts how often the body of a request is written to it.
    private static Task<ScriptedLlmServer> StartAsync(Script script) =>
        ScriptedLlmServer.StartAsync(script, cancellationToken: TestContext.Current.CancellationToken);

    private static void ConfigureDefaults(IServiceCollection services) => services.ConfigureHttpClientDefaults(http =>
    {
        http.AddStandardResilienceHandler();
        http.AddHttpMessageHandler(() => new OtherHandler("default"));
        http.AddResilienceHandler("more", builder => builder.AddTimeout(TimeSpan.FromSeconds(1)));
    });

    private static List<string> Handlers(IServiceCollection services, string httpClient)
    {
        using ServiceProvider provider = services.BuildServiceProvider();
        var names = new List<string>();
        HttpMessageHandler? handler = provider.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(httpClient);
        for (; handler is DelegatingHandler { } outer; handler = outer.InnerHandler)
        {
            // The handlers of the client factory itself are not of interest here.
            if (outer is OtherHandler other) names.Add(other.Name);
            else if (ResilienceHandlers.IsResilienceHandler(outer.GetType())) names.Add(outer.GetType().Name);
        }

        return names;
    }

    private static async Task<ChatStreamException> FailureOf(IServiceProvider provider) =>
        await Assert.ThrowsAsync<ChatStreamException>(() => provider.GetRequiredService<LlmStreamClient>()
            .StreamAsync("Hi", cancellationToken: TestContext.Current.CancellationToken).CollectAsync(TestContext.Current.CancellationToken));

    private sealed class OtherHandler(string name) : DelegatingHandler
    {
        public string Name => name;
    }

    private sealed class DerivedHandler : Polly.Handlers.FakePollyHandler;
}
