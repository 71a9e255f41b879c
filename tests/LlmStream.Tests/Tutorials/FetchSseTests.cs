using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Tests.Tutorials;

/// <summary>"如何让 LLM 的返回值流式输出?", "解析流式接口请求": the callbacks of TDesign's <c>fetchSSE</c>.</summary>
public class FetchSseTests
{
    /// <summary><c>success</c> for each piece, then <c>complete(true)</c>.</summary>
    [Fact]
    public async Task Each_piece_calls_success_and_the_end_calls_complete()
    {
        await using TutorialServer server = await TutorialServer.StartAsync(app => ChatCompletions.Map(app));
        Assert.Equal(["success 你好", "success ,我是", "success AI", "success 助手", "success ,", "success 很高兴", "success 为您", "success 服务", "success 。", "success ", "complete"],
            await FetchSse(await server.PostAsync("/v1/chat/completions")));
    }

    /// <summary>The tutorial's code calls both <c>complete?.(false, response.statusText)</c> and <c>fail?.()</c>, and then <c>fail</c> again in its catch.</summary>
    [Fact]
    public async Task A_status_that_means_failure_calls_fail_once()
    {
        await using TutorialServer server = await TutorialServer.StartAsync(app => app.MapPost("/v1/chat/completions", () => Results.StatusCode(503)));
        Assert.Equal(["fail ServerError"], await FetchSse(await server.PostAsync("/v1/chat/completions")));
    }

    /// <summary>The tutorial's loop calls <c>complete(true)</c>.</summary>
    [Fact]
    public async Task A_connection_that_ends_early_calls_fail()
    {
        await using TutorialServer server = await TutorialServer.StartAsync(app => app.MapPost("/v1/chat/completions", async (HttpContext context) =>
        {
            TutorialServer.AsEventStream(context);
            await TutorialServer.SendAsync(context, ChatCompletions.Chunk("你好"));
        }));
        Assert.Equal(["success 你好", "fail Truncated"], await FetchSse(await server.PostAsync("/v1/chat/completions")));
    }

    private static async Task<List<string>> FetchSse(HttpResponseMessage response)
    {
        List<string> calls = [];
        await response.ReadChatDeltasAsync(ChatDialect.OpenAI).ForEachAsync(
            delta => calls.Add($"success {delta.Text}"),
            error => calls.Add($"fail {error.Error}"),
            () => calls.Add("complete"));
        return calls;
    }
}
