using LlmStream.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace LlmStream.Docs.Tests;

/// <summary>A kernel whose chat completion is the client: a function of a plugin is called, and the answer is resumed.</summary>
public sealed class SemanticKernelTests : IAsyncLifetime
{
    private const string Answer = "Take an umbrella: it rains in Bergen.";

    private static readonly PromptExecutionSettings Settings = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

    private ScriptedLlmServer _server = null!;
    private LlmStreamClient _client = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await ScriptedLlmServer.StartAsync(
            Script.Answer("").WithToolCall("weather_get", """{"city":"Bergen"}""").Then(Script.Answer(Answer).ResetAtEvent(4).ThenWithoutFaults()));
        _client = new LlmStreamClient(_server.Provider);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_chat_completion_service_streams()
    {
        Kernel kernel = Create(services => services.AddSingleton(
            _client.AsIChatClient().AsBuilder().UseFunctionInvocation().Build().AsChatCompletionService()));
        ChatHistory history = [new(AuthorRole.User, "Do I need an umbrella in Bergen?")];
        string text = "";
        await foreach (StreamingChatMessageContent content in kernel.GetRequiredService<IChatCompletionService>()
            .GetStreamingChatMessageContentsAsync(history, Settings, kernel, Stop))
        {
            text += content.Content;
        }

        AssertAnswered(text);
    }

    [Fact]
    public async Task A_prompt_uses_the_registered_chat_client()
    {
        Kernel kernel = Create(services => services.AddChatClient(_client.AsIChatClient()).UseKernelFunctionInvocation());
        AssertAnswered(await kernel.InvokePromptAsync<string>("Do I need an umbrella in Bergen?", new(Settings), cancellationToken: Stop));
    }

    private static Kernel Create(Action<IServiceCollection> addClient)
    {
        IKernelBuilder builder = Kernel.CreateBuilder();
        addClient(builder.Services);
        KernelFunction get = KernelFunctionFactory.CreateFromMethod((string city) => $"It rains in {city}.", "get");
        builder.Plugins.AddFromFunctions("weather", [get]);
        return builder.Build();
    }

    private void AssertAnswered(string? text)
    {
        Assert.Equal(Answer, text);
        Assert.Equal(3, _server.Requests.Count);
        Assert.Equal("It rains in Bergen.", (string?)_server.Requests[1].Json!["messages"]!.AsArray()[^1]!["content"]);
    }
}
