using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Seeds;

/// <summary>Seed 004, "Streaming 流式输出教程".</summary>
public class Seed004Tests
{
    // "SSE 格式说明": the last chunk but the marker has a finish reason, and no delta.
    private static readonly string[] Events =
    [
        """data: {"id":"chatcmpl-123","choices":[{"delta":{"content":"你"}}]}""",
        """data: {"id":"chatcmpl-123","choices":[{"delta":{"content":"好"}}]}""",
        """data: {"id":"chatcmpl-123","choices":[{"delta":{"content":"!"}}]}""",
        """data: {"id":"chatcmpl-123","choices":[{"finish_reason":"stop"}]}""",
        "data: [DONE]",
    ];

    /// <summary>"SSE 格式说明", with blank lines between the events and, as it is printed, without.</summary>
    [Theory]
    [InlineData("\n\n")]
    [InlineData("\r\n\r\n")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public async Task Sse_format(string separator)
    {
        Outcome outcome = await Outcome.ReadAsync(string.Join(separator, Events) + separator, ChatDialect.OpenAI);
        Assert.Equal(("Complete", "你好!", (ChatFinishReason?)ChatFinishReason.Stop, "chatcmpl-123"),
            (outcome.Ending, outcome.Result.Text, outcome.Result.FinishReason, outcome.Result.Stream.Id));
    }

    /// <summary>Without blank lines too an error is one, and a cut is a cut.</summary>
    [Theory]
    [InlineData("data: {\"error\":{\"message\":\"busy\"}}\ndata: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n", "ProviderError")]
    [InlineData("data: {\"id\":\"chatcmpl-123\",\"choi", "Truncated")]
    [InlineData("data: {oops}\ndata: [DONE]\n", "MalformedEvent")]
    public async Task Sse_format_as_printed_that_fails(string rest, string expected)
    {
        Outcome outcome = await Outcome.ReadAsync($"{Events[0]}\n{Events[1]}\n{rest}", ChatDialect.OpenAI);
        Assert.Equal((expected, "你好"), (outcome.Ending, outcome.Result.Text));
    }

    /// <summary>"Python 实现": <c>for chunk in response</c>.</summary>
    [Fact]
    public async Task Python()
    {
        await using SeedServer server = await SeedServer.StartAsync(app => ChatCompletions.Map(app, async context =>
        {
            await AnswerAsync(context, stayOpen: null);
            return true;
        }));
        using LlmStreamClient client = server.Client();
        var printed = new StringBuilder();
        await foreach (ChatDelta delta in client.StreamAsync("写一篇关于 AI 的文章", new ChatOptions { Temperature = 0.7f })) printed.Append(delta.Text);
        Assert.Equal("你好!", printed.ToString());
    }

    /// <summary>"JavaScript EventSource": a GET, left at its end though the server leaves the connection open.</summary>
    [Fact]
    public async Task EventSource()
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using SeedServer server = await SeedServer.StartAsync(app => app.MapGet("/api/stream", (HttpContext context) => AnswerAsync(context, left)));
        using HttpResponseMessage response = await server.Http.GetAsync("/api/stream", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("你好!", (await response.ReadChatDeltasAsync(ChatDialect.OpenAI).CollectAsync()).Text);
        await left.Task;
    }

    /// <summary>"Fetch API 处理": <c>JSON.parse</c> of <c>[DONE]</c> throws in the seed.</summary>
    [Fact]
    public async Task Fetch()
    {
        await using SeedServer server = await SeedServer.StartAsync(app => app.MapPost("/api/chat", (HttpContext context) => AnswerAsync(context, stayOpen: null)));
        using HttpResponseMessage response = await server.PostAsync("/api/chat", """{"model":"gpt-4o","messages":[{"role":"user","content":"你好"}],"stream":true}""");
        List<string> handled = [];
        await foreach (ChatDelta delta in response.ReadChatDeltasAsync(ChatDialect.OpenAI))
        {
            if (delta.Text.Length > 0) handled.Add(delta.Text);
        }

        Assert.Equal(["你", "好", "!"], handled);
    }

    private static async Task AnswerAsync(HttpContext context, TaskCompletionSource? stayOpen)
    {
        using CancellationTokenRegistration registration = context.RequestAborted.Register(() => stayOpen?.TrySetResult());
        SeedServer.AsEventStream(context);
        foreach (string line in Events) await SeedServer.SendAsync(context, line + "\n\n");
        if (stayOpen is not null) await stayOpen.Task;
    }
}
