using System.Text.Json.Nodes;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmStream.Tests.DependencyInjection;

public class AddLlmStreamTests
{
    private static readonly LlmProvider Local =
        LlmProvider.CreateOpenAICompatible(new Uri("http://localhost:1/v1"), "local") with { DefaultModel = "m-1" };

    [Fact]
    public async Task Registers_a_client_that_uses_the_handlers_of_the_builder()
    {
        var server = new StubServer().Streams(StubServer.Stream("Hello"));
        var services = new ServiceCollection();
        services.AddLlmStream(options => options.Provider = Local).ConfigurePrimaryHttpMessageHandler(() => server);
        await using ServiceProvider provider = services.BuildServiceProvider();

        var client = provider.GetRequiredService<LlmStreamClient>();
        Assert.Equal("Hello", await TextOf(client));
        Assert.Same(client, provider.GetRequiredService<LlmStreamClient>());
        Assert.NotNull(provider.GetRequiredService<IChatClient>());
        Assert.Null(provider.GetService<IHttpClientFactory>()!.CreateClient("LlmStream").DefaultRequestHeaders.Authorization);
    }

    [Fact]
    public async Task Registers_several_named_clients()
    {
        var a = new StubServer().Streams(StubServer.Stream("A"));
        var b = new StubServer().Streams(StubServer.Stream("B"));
        var services = new ServiceCollection();
        services.AddLlmStream("a", options => options.Provider = Local).ConfigurePrimaryHttpMessageHandler(() => a);
        services.AddLlmStream("b", options => options.Provider = Local with { Name = "other" })
            .ConfigurePrimaryHttpMessageHandler(() => b);
        await using ServiceProvider provider = services.BuildServiceProvider();

        Assert.Equal("A", await TextOf(provider.GetRequiredKeyedService<LlmStreamClient>("a")));
        Assert.Equal("B", await TextOf(provider.GetRequiredKeyedService<LlmStreamClient>("b")));
        Assert.NotSame(provider.GetRequiredKeyedService<IChatClient>("a"), provider.GetRequiredKeyedService<IChatClient>("b"));
        Assert.Null(provider.GetService<LlmStreamClient>());
    }

    [Fact]
    public async Task Reads_options_from_a_configuration_section()
    {
        IConfiguration configuration = Configuration(
            ("Llm:Provider", "DeepSeek"), ("Llm:BaseAddress", "http://localhost:9/v1"), ("Llm:ApiKey", "sk-configured"),
            ("Llm:Model", "m-9"),
            ("Llm:RequestUsage", "false"), ("Llm:Headers:X-Team", "blue"), ("Llm:Timeouts:FirstDelta", "00:00:07"),
            ("Llm:Timeouts:Total", "-00:00:00.001"),
            ("Llm:Retry:MaxRetries", "1"), ("Llm:Retry:MaxRetryAfter", "00:00:05"));
        var services = new ServiceCollection();
        services.AddLlmStream(configuration.GetSection("Llm"));
        await using ServiceProvider provider = services.BuildServiceProvider();

        LlmStreamOptions options = provider.GetRequiredService<IOptionsMonitor<LlmStreamOptions>>().CurrentValue;
        Assert.Equal(("deepseek", "http://localhost:9/v1/"), (options.Provider.Name, options.Provider.BaseAddress.ToString()));
        Assert.Equal(
            ("sk-configured", "m-9", false, "blue"), (options.ApiKey, options.Model, options.RequestUsage, options.Headers["x-team"]));
        Assert.Equal((TimeSpan.FromSeconds(7), Timeout.InfiniteTimeSpan), (options.Timeouts.FirstDelta, options.Timeouts.Total));
        Assert.Equal((1, TimeSpan.FromSeconds(5)), (options.Retry.MaxRetries, options.Retry.MaxRetryAfter));
    }

    [Theory]
    [InlineData("Llm:Provider", "deepsek", "deepseek")]
    [InlineData("Llm:BaseAddress", "not an address", "Llm:BaseAddress")]
    [InlineData("Llm:Retry:MaxRetries", "-3", "Llm:Retry:MaxRetries")]
    [InlineData("Llm:Resume:MaxResume", "0", "Unknown key 'Llm:Resume:MaxResume' in the section 'Llm:Resume'")]
    [InlineData("Llm:Provider", "vllm", "Model")]
    public async Task Invalid_configuration_fails_when_the_host_starts(string key, string value, string expected)
    {
        var services = new ServiceCollection();
        services.AddLlmStream(Configuration(("Llm:ApiKey", "sk-configured"), (key, value)).GetSection("Llm"));
        services.AddLlmStream("named", Configuration(("Llm:ApiKey", "sk-configured")).GetSection("Llm"));
        await using ServiceProvider provider = services.BuildServiceProvider();

        OptionsValidationException failure =
            Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IStartupValidator>().Validate());
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configured_client_resumes_as_often_as_configured()
    {
        string cut = StubServer.Chunk("Hel");
        var server = new StubServer().Streams(cut).Streams(StubServer.Stream("lo"));
        var services = new ServiceCollection();
        services.AddLlmStream(Configuration(
            ("Llm:Provider", "compatible"), ("Llm:BaseAddress", "http://localhost:1/v1"), ("Llm:Model", "m-1"),
            ("Llm:Resume:MaxResumes", "0")).GetSection("Llm")).ConfigurePrimaryHttpMessageHandler(() => server);
        await using ServiceProvider provider = services.BuildServiceProvider();

        ChatStreamException failure =
            await Assert.ThrowsAsync<ChatStreamException>(() => TextOf(provider.GetRequiredService<LlmStreamClient>()));
        Assert.Equal((1, "Hel"), (server.Requests.Count, failure.Partial.Text));
    }

    [Fact]
    public async Task Works_with_the_pipelines_of_AddChatClient()
    {
        const string Call =
            """data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"now","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"""
            + "\n\ndata: [DONE]\n\n";
        var server = new StubServer().Streams(Call).Streams(StubServer.Stream("It is noon."));
        var services = new ServiceCollection();
        services.AddLlmStream(options => options.Provider = Local).ConfigurePrimaryHttpMessageHandler(() => server);
        services.AddChatClient(provider => provider.GetRequiredService<LlmStreamClient>().AsIChatClient()).UseFunctionInvocation();
        await using ServiceProvider provider = services.BuildServiceProvider();

        ChatResponse response = await provider.GetRequiredService<IChatClient>().GetResponseAsync(
            "What time is it?",
            new ChatOptions { Tools = [AIFunctionFactory.Create(() => "12:00", "now")] },
            TestContext.Current.CancellationToken);
        Assert.Equal("It is noon.", response.Text);
        Assert.Contains("12:00", server.Bodies[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_API_key_fails_when_the_host_starts()
    {
        var services = new ServiceCollection();
        services.AddLlmStream(options => options.Provider = LlmProvider.OpenAI with { ApiKeyVariable = "LLMSTREAM_TEST_NO_SUCH_KEY" });
        await using ServiceProvider provider = services.BuildServiceProvider();

        OptionsValidationException failure =
            Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IStartupValidator>().Validate());
        Assert.Contains("LLMSTREAM_TEST_NO_SUCH_KEY", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_of_the_client_factory_do_not_contain_the_API_key()
    {
        var logged = new LogCollector();
        var server = new StubServer().Streams(StubServer.Stream("Hello"));
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(logged);
        services.AddLlmStream(options =>
        {
            options.Provider = Local with { ApiKeyHeader = "api-key" };
            options.ApiKey = "sk-secret-0123456789";
        }).ConfigurePrimaryHttpMessageHandler(() => server);
        await using ServiceProvider provider = services.BuildServiceProvider();

        await TextOf(provider.GetRequiredService<LlmStreamClient>());
        Assert.Contains(logged.Lines, line => line.Contains("api-key", StringComparison.Ordinal));
        Assert.DoesNotContain(logged.Lines, line => line.Contains("sk-secret-0123456789", StringComparison.Ordinal));
    }

    [Fact]
    public void Checks_arguments_when_called()
    {
        var services = new ServiceCollection();
        Assert.Throws<ArgumentNullException>(() => services.AddLlmStream((Action<LlmStreamOptions>)null!));
        Assert.Throws<ArgumentNullException>(() => services.AddLlmStream((IConfiguration)null!));
        Assert.Throws<ArgumentException>(() => services.AddLlmStream("", _ => { }));
        Assert.Throws<ArgumentNullException>(() => ((IServiceCollection)null!).AddLlmStream(_ => { }));
    }

    private static IConfigurationRoot Configuration(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(v => new KeyValuePair<string, string?>(v.Key, v.Value))).Build();

    private static async Task<string> TextOf(LlmStreamClient client)
    {
        string text = "";
        await foreach (ChatDelta delta in client.StreamAsync(new JsonObject { ["model"] = "m-1" })) text += delta.Text;
        return text;
    }
}
