using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmStream.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Tests.Seeds;

/// <summary>
/// Seed 003, the engineering of streaming. The sections that are an operator's are in <see cref="Seed003OperatorTests"/>: 3.3
/// (back-pressure), 4.2 (length), 4.3 (keywords), and the merging of 6.2.
/// </summary>
public class Seed003Tests
{
    /// <summary>2.1, "SSE是什么", as it is printed there: without the blank lines between the events.</summary>
    [Fact]
    public async Task Sse_as_printed()
    {
        const string Printed = """
            data: {"id":"chatcmpl-xxx","choices":[{"delta":{"content":"你"}}]}
            data: {"id":"chatcmpl-xxx","choices":[{"delta":{"content":"好"}}]}
            data: {"id":"chatcmpl-xxx","choices":[{"delta":{},"finish_reason":"stop"}]}
            data: [DONE]
            """;
        Outcome outcome = await Outcome.ReadAsync(Printed, ChatDialect.OpenAI);
        Assert.Equal(("Complete", "你好"), (outcome.Ending, outcome.Result.Text));
    }

    /// <summary>3.1, "基础实现".</summary>
    [Fact]
    public async Task Stream_chat()
    {
        await using SeedServer server = await SeedServer.StartAsync(app => ChatCompletions.Map(app));
        using LlmStreamClient client = server.Client();
        var printed = new StringBuilder();
        await foreach (ChatDelta delta in client.StreamAsync("用Python实现快速排序")) printed.Append(delta.Text);
        Assert.Equal(ChatCompletions.Answer, printed.ToString());
    }

    /// <summary>3.2, "流式输出的中途取消": what was collected is kept, and the server hears of it.</summary>
    [Fact]
    public async Task Stream_chat_with_cancel()
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using SeedServer server = await SeedServer.StartAsync(app => ChatCompletions.Map(app, async context =>
        {
            using CancellationTokenRegistration registration = context.RequestAborted.Register(left.SetResult);
            SeedServer.AsEventStream(context);
            foreach (string token in ChatCompletions.Tokens[..3]) await SeedServer.SendAsync(context, ChatCompletions.Chunk(token));
            await left.Task; // and says nothing more
            return true;
        }));
        using LlmStreamClient client = server.Client();
        using var cancellation = new CancellationTokenSource();
        var collected = new StringBuilder();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatDelta delta in client.StreamAsync("写一篇长文", cancellationToken: cancellation.Token))
            {
                collected.Append(delta.Text);
                if (collected.Length == "你好,我是AI".Length) await cancellation.CancelAsync();
            }
        });
        Assert.Equal("你好,我是AI", collected.ToString());
        await left.Task;
    }

    /// <summary>4.1, "流式Token统计": the usage comes behind the finish reason.</summary>
    [Fact]
    public async Task Stream_with_usage()
    {
        await using SeedServer server = await SeedServer.StartAsync(app => ChatCompletions.Map(app, async context =>
        {
            SeedServer.AsEventStream(context);
            await SeedServer.SendAsync(context, ChatCompletions.Chunk("量子") + """data: {"choices":[{"delta":{},"finish_reason":"stop"}]}""" + "\n\n");
            await SeedServer.SendAsync(context, """data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46}}""" + "\n\ndata: [DONE]\n\n");
            return true;
        }));
        using LlmStreamClient client = server.Client();
        ChatStreamResult answer = await client.StreamAsync("解释量子计算").CollectAsync();
        Assert.Equal((12L, 34L, 46L), (answer.Usage!.InputTokenCount!.Value, answer.Usage.OutputTokenCount!.Value, answer.Usage.TotalTokenCount!.Value));
    }

    /// <summary>5.1, "流式请求的错误类型": limited, then failing, then an answer. Nothing waits: the clock is a fake.</summary>
    [Fact]
    public async Task Stream_with_retry()
    {
        int requests = 0;
        await using SeedServer server = await SeedServer.StartAsync(app => ChatCompletions.Map(app, context =>
        {
            requests++;
            if (requests <= 2) context.Response.StatusCode = requests == 1 ? 429 : 500;
            return Task.FromResult(requests <= 2);
        }));
        using LlmStreamClient client = server.Client();
        Assert.Equal(ChatCompletions.Answer, (await client.StreamAsync("你好").CollectAsync()).Text);
        Assert.Equal(3, requests);
    }

    /// <summary>5.2, "断流续传": the stream ends too early, and the second request carries what had arrived.</summary>
    [Fact]
    public async Task Stream_with_resume()
    {
        List<string> asked = [];
        await using SeedServer server = await SeedServer.StartAsync(app => ChatCompletions.Map(app, async context =>
        {
            using JsonDocument request = await JsonDocument.ParseAsync(context.Request.Body);
            asked.Add(string.Join('|', request.RootElement.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("role").GetString())));
            SeedServer.AsEventStream(context);
            bool isFirst = asked.Count == 1;
            foreach (string token in isFirst ? ChatCompletions.Tokens[..4] : ChatCompletions.Tokens[4..]) await SeedServer.SendAsync(context, ChatCompletions.Chunk(token));
            if (!isFirst) await SeedServer.SendAsync(context, ChatCompletions.Finish + "data: [DONE]\n\n");
            return true;
        }));
        using LlmStreamClient client = server.Client();
        ChatStreamResult answer = await client.StreamAsync("你是谁").CollectAsync();
        Assert.Equal((ChatCompletions.Answer, 2), (answer.Text, answer.Attempts.Count));
        Assert.Equal(["user", "user|assistant|user"], asked);
    }

    /// <summary>6.1, "连接池复用": an answer that was read to its end leaves its connection for the next.</summary>
    [Fact]
    public async Task Http_client_reuse()
    {
        ConcurrentBag<string> connections = [];
        await using SeedServer server = await SeedServer.StartAsync(app => ChatCompletions.Map(app, context =>
        {
            connections.Add(context.Connection.Id);
            return Task.FromResult(false);
        }));
        using LlmStreamClient client = server.Client();
        for (int i = 0; i < 3; i++) Assert.Equal(ChatCompletions.Answer, (await client.StreamAsync("你好").CollectAsync()).Text);
        Assert.Equal(3, connections.Count);
        Assert.Single(connections.Distinct());
    }

    /// <summary>6.2, "并发流式请求": <c>asyncio.gather</c>, and the answers in the order of the questions.</summary>
    [Fact]
    public async Task Concurrent_streams()
    {
        await using SeedServer server = await SeedServer.StartAsync(app => ChatCompletions.Map(app, async context =>
        {
            using JsonDocument request = await JsonDocument.ParseAsync(context.Request.Body);
            string question = request.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!;
            SeedServer.AsEventStream(context);
            foreach (string token in ChatCompletions.Tokens) await SeedServer.SendAsync(context, ChatCompletions.Chunk(question + token));
            await SeedServer.SendAsync(context, ChatCompletions.Finish);
            return true;
        }));
        using LlmStreamClient client = server.Client();
        ChatStreamResult[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => client.StreamAsync(i.ToString(CultureInfo.InvariantCulture)).CollectAsync()));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => string.Concat(ChatCompletions.Tokens.Select(token => $"{i}{token}"))), answers.Select(answer => answer.Text));
    }

    /// <summary>7, "带UI的流式聊天": the relay's events as the application's own type.</summary>
    [Fact]
    public async Task Chat_relay_as_events()
    {
        await using SeedServer server = await SeedServer.StartAsync(MapRelay);
        using HttpResponseMessage response = await server.PostAsync("/chat", """{"message":"你好"}""");
        List<RelayEvent> events = [];
        await foreach (RelayEvent item in SseReader.ReadAsync(await response.Content.ReadAsStreamAsync(), SeedJson.Default.RelayEvent)) events.Add(item);
        Assert.Equal([.. ChatCompletions.Tokens.Select(token => new RelayEvent(token, false, 0)), new RelayEvent(null, true, 9)], events);
    }

    /// <summary>7, the same as deltas, whose end is known: <c>done</c>.</summary>
    [Fact]
    public async Task Chat_relay_as_deltas()
    {
        await using SeedServer server = await SeedServer.StartAsync(MapRelay);
        using HttpResponseMessage response = await server.PostAsync("/chat", """{"message":"你好"}""");
        ChatStreamResult answer = await response.ReadChatDeltasAsync(ChatDialect.Tokens).CollectAsync();
        Assert.Equal((ChatCompletions.Answer, 9L), (answer.Text, answer.Usage!.OutputTokenCount!.Value));
    }

    /// <summary>7, <c>yield f"data: {json.dumps({'error': str(e)})}\n\n"</c>: the model behind the relay fails.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Chat_relay_error(bool asDeltas)
    {
        await using SeedServer server = await SeedServer.StartAsync(MapRelay);
        using HttpResponseMessage response = await server.PostAsync("/chat", """{"message":"fail"}""");
        var exception = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            if (asDeltas) await response.ReadChatDeltasAsync(ChatDialect.Tokens).CollectAsync();
            else await foreach (RelayEvent _ in SseReader.ReadAsync(await response.Content.ReadAsStreamAsync(), SeedJson.Default.RelayEvent)) continue;
        });
        Assert.Equal((ChatStreamError.ProviderError, "InvalidRequest"), (exception.Error, exception.ProviderMessage));
    }

    /// <summary>Seed 003, 7, <c>app.py</c>: a relay before a model, which is another program of the seeds.</summary>
    private static void MapRelay(WebApplication app)
    {
        ChatCompletions.Map(app, context => Task.FromResult(false));
        app.MapPost("/fail/chat/completions", () => Results.BadRequest());
        app.MapPost("/chat", async context =>
        {
            using JsonDocument request = await JsonDocument.ParseAsync(context.Request.Body);
            string message = request.RootElement.GetProperty("message").GetString()!;
            var model = new Uri($"http://{context.Request.Host}/{(message == "fail" ? "fail" : "v1")}");
            using var client = new LlmStreamClient(new HttpClient(), new LlmStreamOptions
            {
                Provider = LlmProvider.Compatible(model) with { DefaultModel = "gpt-4o-mini" },
                ApiKey = "your-api-key",
            });
            SeedServer.AsEventStream(context);
            try
            {
                long totalTokens = 0;
                await foreach (ChatDelta delta in client.StreamAsync(message))
                {
                    if (delta.Text.Length > 0) await SeedServer.SendAsync(context, $$"""data: {"content": {{JsonSerializer.Serialize(delta.Text)}}}""" + "\n\n");
                    totalTokens = delta.Usage?.OutputTokenCount ?? totalTokens;
                }

                await SeedServer.SendAsync(context, $$"""data: {"done": true, "tokens": {{totalTokens}}}""" + "\n\n");
            }
            catch (ChatStreamException exception)
            {
                await SeedServer.SendAsync(context, $$"""data: {"error": "{{exception.Error}}"}""" + "\n\n");
            }
        });
    }
}
