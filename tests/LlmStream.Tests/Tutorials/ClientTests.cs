using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Tests.Tutorials;

/// <summary>The sections 3 to 6 of the tutorial on the engineering of streaming that are about the client.</summary>
public class ClientTests
{
    /// <summary>3.1, "基础实现".</summary>
    [Fact]
    public async Task An_answer_is_streamed()
    {
        await using TutorialServer server = await TutorialServer.StartAsync(app => ChatCompletions.Map(app));
        using LlmStreamClient client = server.Client();
        var printed = new StringBuilder();
        await foreach (ChatDelta delta in client.StreamAsync("用Python实现快速排序")) printed.Append(delta.Text);
        Assert.Equal(ChatCompletions.Answer, printed.ToString());
    }

    /// <summary>3.2, "流式输出的中途取消".</summary>
    [Fact]
    public async Task Cancellation_keeps_what_arrived_and_closes_the_connection()
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TutorialServer server = await TutorialServer.StartAsync(app => ChatCompletions.Map(app, async context =>
        {
            using CancellationTokenRegistration registration = context.RequestAborted.Register(left.SetResult);
            TutorialServer.AsEventStream(context);
            foreach (string token in ChatCompletions.Tokens[..3]) await TutorialServer.SendAsync(context, ChatCompletions.Chunk(token));
            await left.Task; // and sends nothing more
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

    /// <summary>4.1, "流式Token统计".</summary>
    [Fact]
    public async Task Usage_after_the_finish_reason_is_read()
    {
        await using TutorialServer server = await TutorialServer.StartAsync(app => ChatCompletions.Map(app, async context =>
        {
            TutorialServer.AsEventStream(context);
            await TutorialServer.SendAsync(context, ChatCompletions.Chunk("量子") + """data: {"choices":[{"delta":{},"finish_reason":"stop"}]}""" + "\n\n");
            await TutorialServer.SendAsync(context, """data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":34,"total_tokens":46}}""" + "\n\ndata: [DONE]\n\n");
            return true;
        }));
        using LlmStreamClient client = server.Client();
        ChatStreamResult answer = await client.StreamAsync("解释量子计算").CollectAsync();
        Assert.Equal((12L, 34L, 46L), (answer.Usage!.InputTokenCount!.Value, answer.Usage.OutputTokenCount!.Value, answer.Usage.TotalTokenCount!.Value));
    }

    /// <summary>5.1, "流式请求的错误类型".</summary>
    [Fact]
    public async Task A_rate_limit_and_a_server_error_are_retried()
    {
        int requests = 0;
        await using TutorialServer server = await TutorialServer.StartAsync(app => ChatCompletions.Map(app, context =>
        {
            requests++;
            if (requests <= 2) context.Response.StatusCode = requests == 1 ? 429 : 500;
            return Task.FromResult(requests <= 2);
        }));
        using LlmStreamClient client = server.Client();
        Assert.Equal(ChatCompletions.Answer, (await client.StreamAsync("你好").CollectAsync()).Text);
        Assert.Equal(3, requests);
    }

    /// <summary>5.2, "断流续传".</summary>
    [Fact]
    public async Task A_stream_that_ends_early_is_resumed_with_what_arrived()
    {
        List<string> asked = [];
        await using TutorialServer server = await TutorialServer.StartAsync(app => ChatCompletions.Map(app, async context =>
        {
            using JsonDocument request = await JsonDocument.ParseAsync(context.Request.Body);
            asked.Add(string.Join('|', request.RootElement.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("role").GetString())));
            TutorialServer.AsEventStream(context);
            bool isFirst = asked.Count == 1;
            foreach (string token in isFirst ? ChatCompletions.Tokens[..4] : ChatCompletions.Tokens[4..]) await TutorialServer.SendAsync(context, ChatCompletions.Chunk(token));
            if (!isFirst) await TutorialServer.SendAsync(context, ChatCompletions.Finish + "data: [DONE]\n\n");
            return true;
        }));
        using LlmStreamClient client = server.Client();
        ChatStreamResult answer = await client.StreamAsync("你是谁").CollectAsync();
        Assert.Equal((ChatCompletions.Answer, 2), (answer.Text, answer.Attempts.Count));
        Assert.Equal(["user", "user|assistant|user"], asked);
    }

    /// <summary>6.1, "连接池复用".</summary>
    [Fact]
    public async Task A_complete_answer_leaves_its_connection_for_the_next()
    {
        ConcurrentBag<string> connections = [];
        await using TutorialServer server = await TutorialServer.StartAsync(app => ChatCompletions.Map(app, context =>
        {
            connections.Add(context.Connection.Id);
            return Task.FromResult(false);
        }));
        using LlmStreamClient client = server.Client();
        for (int i = 0; i < 3; i++) Assert.Equal(ChatCompletions.Answer, (await client.StreamAsync("你好").CollectAsync()).Text);
        Assert.Equal(3, connections.Count);
        Assert.Single(connections.Distinct());
    }

    /// <summary>6.2, "并发流式请求": <c>asyncio.gather</c>.</summary>
    [Fact]
    public async Task Concurrent_answers_do_not_mix()
    {
        await using TutorialServer server = await TutorialServer.StartAsync(app => ChatCompletions.Map(app, async context =>
        {
            using JsonDocument request = await JsonDocument.ParseAsync(context.Request.Body);
            string question = request.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!;
            TutorialServer.AsEventStream(context);
            foreach (string token in ChatCompletions.Tokens) await TutorialServer.SendAsync(context, ChatCompletions.Chunk(question + token));
            await TutorialServer.SendAsync(context, ChatCompletions.Finish);
            return true;
        }));
        using LlmStreamClient client = server.Client();
        ChatStreamResult[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => client.StreamAsync(i.ToString(CultureInfo.InvariantCulture)).CollectAsync()));
        Assert.Equal(Enumerable.Range(0, 8).Select(i => string.Concat(ChatCompletions.Tokens.Select(token => $"{i}{token}"))), answers.Select(answer => answer.Text));
    }
}
