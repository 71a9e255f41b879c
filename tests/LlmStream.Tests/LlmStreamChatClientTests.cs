using System.Text.Json.Nodes;
using LlmStream.Testing;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests;

/// <summary>The client as an <see cref="IChatClient"/>.</summary>
public class LlmStreamChatClientTests
{
    private const string ToolAnswer = """
        data: {"id":"c-1","model":"m-1","created":1763700000,"choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"Let me see."}}]}

        data: {"id":"c-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_1","function":{"name":"weather","arguments":"{\"ci"}}]}}]}

        data: {"id":"c-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"ty\":\"Rome\"}"}}]}}]}

        data: {"id":"c-1","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}

        data: {"id":"c-1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}

        data: [DONE]


        """;

    [Fact]
    public async Task A_conversation_with_tools_is_sent_back()
    {
        var server = new StubServer().Streams(ToolAnswer).Streams(StubServer.Stream("Sunny", "."));
        IChatClient chat = server.Client().AsIChatClient();
        AIFunction tool = AIFunctionFactory.Create((string city) => $"Sun in {city}", "weather", "The weather of a city.");
        List<ChatMessage> messages = [new(ChatRole.User, "How is Rome?")];
        var options = new ChatOptions { Tools = [tool] };

        ChatResponse first = await chat.GetResponseAsync(messages, options);
        Assert.Equal(ChatFinishReason.ToolCalls, first.FinishReason);
        Assert.Equal(("c-1", "m-1", 12L), (first.ResponseId, first.ModelId, first.Usage!.TotalTokenCount));
        FunctionCallContent call = Assert.Single(first.Messages[0].Contents.OfType<FunctionCallContent>());
        Assert.Equal("Let me see.", Assert.Single(first.Messages[0].Contents.OfType<TextReasoningContent>()).Text);

        object? result = await tool.InvokeAsync(new AIFunctionArguments(call.Arguments));
        messages.AddRange(first.Messages);
        messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, result)]));
        ChatResponse second = await chat.GetResponseAsync(messages, options);

        Assert.Equal("Sunny.", second.Text);
        JsonArray sent = JsonNode.Parse(server.Bodies[1])!["messages"]!.AsArray();
        Assert.Equal(["user", "assistant", "tool"], sent.Select(message => (string)message!["role"]!));
        Assert.Equal("{\"city\":\"Rome\"}", ((string)sent[1]!["tool_calls"]![0]!["function"]!["arguments"]!).Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal("call_1", (string)sent[2]!["tool_call_id"]!);
        Assert.Equal("Sun in Rome", (string)sent[2]!["content"]!);
    }

    [Fact]
    public async Task Updates_arrive_with_the_deltas_and_the_failure_after_them()
    {
        var server = new StubServer().Streams(StubServer.Chunk("Hel") + StubServer.Chunk("lo"));
        IChatClient chat = server.Client(options => options.Resume = LlmResumeOptions.Off).AsIChatClient();

        var texts = new List<string>();
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (ChatResponseUpdate update in chat.GetStreamingResponseAsync("Hi")) texts.Add(update.Text);
        });
        Assert.Equal(["Hel", "lo"], texts);
        Assert.Equal(ChatStreamError.Truncated, failure.Error);
    }

    [Fact]
    public async Task A_body_that_the_caller_has_begun_is_completed()
    {
        var server = new StubServer().Streams(StubServer.Stream("Hello"));
        IChatClient chat = server.Client().AsIChatClient();

        await chat.GetResponseAsync("Hi", new ChatOptions { Temperature = 0.5f, RawRepresentationFactory = _ => new JsonObject { ["enable_search"] = true, ["temperature"] = 0.1 } });
        JsonNode body = JsonNode.Parse(server.Bodies[0])!;
        Assert.True((bool)body["enable_search"]!);
        Assert.Equal(0.1, (double)body["temperature"]!);
        Assert.Equal("Hi", (string)body["messages"]![0]!["content"]!);

        await Assert.ThrowsAsync<ArgumentException>(() => chat.GetResponseAsync("Hi", new ChatOptions { RawRepresentationFactory = _ => "a string" }));
    }

    // Requests in Hunyuan's native format are not built from messages.
    public static TheoryData<string> Dialects { get; } = [.. ChatDialect.All.Where(dialect => dialect != ChatDialect.Hunyuan).Select(dialect => dialect.Name)];

    [Theory]
    [MemberData(nameof(Dialects))]
    public async Task Every_dialect_works_as_a_chat_client(string dialect)
    {
        Script script = Script.Answer("I look it up.").WithReasoning("Rome, then.").WithToolCall("weather", """{"city":"Rome"}""", "call_1").WithUsage().Then(Script.Answer("Sunny. 🌤️"));
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(script, new ScriptedLlmServerOptions { Dialect = ChatDialect.All.Single(known => known.Name == dialect) });
        using var client = new LlmStreamClient(new LlmStreamOptions { Provider = server.Provider, Model = "m" });
        IChatClient chat = client.AsIChatClient();
        AIFunction tool = AIFunctionFactory.Create((string city) => $"Sun in {city}", "weather");
        List<ChatMessage> messages = [new(ChatRole.User, "How is Rome?")];
        var options = new ChatOptions { Tools = [tool] };

        ChatResponse first = await chat.GetResponseAsync(messages, options, TestContext.Current.CancellationToken);
        FunctionCallContent call = Assert.Single(first.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>());
        Assert.Equal(("I look it up.", ChatFinishReason.ToolCalls, "weather", "Rome"), (first.Text, first.FinishReason, call.Name, call.Arguments!["city"]!.ToString()));
        Assert.Equal("Rome, then.", string.Concat(first.Messages.SelectMany(message => message.Contents).OfType<TextReasoningContent>().Select(content => content.Text)));
        Assert.True(first.Usage!.OutputTokenCount > 0);

        messages.AddMessages(first);
        messages.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent(call.CallId, await tool.InvokeAsync(new AIFunctionArguments(call.Arguments), TestContext.Current.CancellationToken))]));
        Assert.Equal("Sunny. 🌤️", (await chat.GetResponseAsync(messages, options, TestContext.Current.CancellationToken)).Text);
        Assert.Contains("Sun in Rome", server.Requests[^1].BodyText, StringComparison.Ordinal);
    }

    [Fact]
    public void It_provides_its_metadata_and_services()
    {
        LlmStreamClient client = new StubServer().Client();
        IChatClient chat = client.AsIChatClient();

        ChatClientMetadata metadata = Assert.IsType<ChatClientMetadata>(chat.GetService(typeof(ChatClientMetadata)));
        Assert.Equal(("compatible", "https://llm.test/v1/", "m-1"), (metadata.ProviderName, metadata.ProviderUri!.ToString(), metadata.DefaultModelId));
        Assert.Same(client, chat.GetService(typeof(LlmStreamClient)));
        Assert.Same(chat, chat.GetService(typeof(IChatClient)));
        Assert.Null(chat.GetService(typeof(string)));
        Assert.Null(chat.GetService(typeof(IChatClient), "key"));
        chat.Dispose();
        Assert.NotNull(client.StreamAsync("Hi"));
    }
}
