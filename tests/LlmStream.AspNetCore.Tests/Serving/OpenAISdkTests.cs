using System.ClientModel;
using System.ClientModel.Primitives;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Models;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>The official .NET SDK against a relay.</summary>
public class OpenAISdkTests
{
    [Fact]
    public async Task It_streams_an_answer()
    {
        await using RelayApp app = await StartAsync(Script.Answer("Hello, world.").WithReasoning("hm").WithUsage().WithModel("m-1"));

        string text = "";
        ChatFinishReason? finish = null;
        ChatTokenUsage? usage = null;
        await foreach (StreamingChatCompletionUpdate update in Client(app).CompleteChatStreamingAsync("Hi"))
        {
            text += string.Concat(update.ContentUpdate.Select(part => part.Text));
            finish = update.FinishReason ?? finish;
            usage = update.Usage ?? usage;
            Assert.Equal("m-1", update.Model);
        }

        Assert.Equal("Hello, world.", text);
        Assert.Equal(ChatFinishReason.Stop, finish);
        Assert.True(usage!.OutputTokenCount > 0);
    }

    [Fact]
    public async Task It_gets_a_whole_answer()
    {
        await using RelayApp app = await StartAsync(Script.Answer("Hello").WithToolCall("f", "{\"x\":1}").WithUsage());

        ChatCompletion answer = await Client(app).CompleteChatAsync("Hi");

        Assert.Equal("Hello", answer.Content[0].Text);
        ChatToolCall call = answer.ToolCalls[0];
        Assert.Equal(("call_1", "f", "{\"x\":1}"), (call.Id, call.FunctionName, call.FunctionArguments.ToString()));
        Assert.Equal(ChatFinishReason.ToolCalls, answer.FinishReason);
        Assert.True(answer.Usage.OutputTokenCount > 0);
    }

    [Theory]
    [InlineData("length", ChatFinishReason.Length)]
    [InlineData("content_filter", ChatFinishReason.ContentFilter)]
    [InlineData("eos_token", ChatFinishReason.Stop)] // it throws on a reason that it does not know
    public async Task It_reads_every_finish_reason(string reason, ChatFinishReason expected)
    {
        await using RelayApp app = await StartAsync(Script.Answer("Hello").WithFinishReason(reason));

        ChatFinishReason? finish = null;
        await foreach (StreamingChatCompletionUpdate update in Client(app).CompleteChatStreamingAsync("Hi"))
            finish = update.FinishReason ?? finish;

        Assert.Equal(expected, finish);
    }

    [Fact]
    public async Task It_streams_calls_by_fragment()
    {
        await using RelayApp app = await StartAsync(Script.Answer("").WithToolCall("f", "{\"x\":\"a b c\"}").WithToolCall("g", "{}"));

        var calls = new SortedDictionary<int, (string Name, string Arguments)>();
        await foreach (StreamingChatCompletionUpdate update in Client(app).CompleteChatStreamingAsync("Hi"))
        {
            foreach (StreamingChatToolCallUpdate call in update.ToolCallUpdates)
            {
                (string name, string arguments) = calls.GetValueOrDefault(call.Index, ("", ""));
                calls[call.Index] = (name + call.FunctionName, arguments + call.FunctionArgumentsUpdate);
            }
        }

        Assert.Equal([("f", "{\"x\":\"a b c\"}"), ("g", "{}")], calls.Values);
    }

    [Fact]
    public async Task It_reports_a_failure_before_the_answer()
    {
        await using RelayApp app = await StartAsync(Script.Status(401));

        var exception = await Assert.ThrowsAsync<ClientResultException>(async () => await Client(app).CompleteChatAsync("Hi"));

        Assert.Equal(502, exception.Status);
        Assert.Contains("did not accept this server's key", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_lists_the_models()
    {
        await using RelayApp app = await StartAsync(Script.Answer(""));

        OpenAIModelCollection models = await new OpenAIModelClient(new ApiKeyCredential("k"), Options(app)).GetModelsAsync();

        Assert.Equal("default", Assert.Single(models).Id);
    }

    private static ChatClient Client(RelayApp app) => new("m", new ApiKeyCredential("k"), Options(app));

    private static OpenAIClientOptions Options(RelayApp app) =>
        new() { Endpoint = new Uri(app.Address, "/v1"), RetryPolicy = new ClientRetryPolicy(0) };

    private static Task<RelayApp> StartAsync(Script script) => RelayApp.StartAsync(
        script,
        app => app.MapChatRelay(
            "/v1/chat/completions",
            (ChatRelayRequest chat, LlmStreamClient client, CancellationToken stopped) =>
                client.StreamAsync(chat.Messages, chat.Options, stopped)),
        options => options.Retry = LlmRetryOptions.Off);
}
