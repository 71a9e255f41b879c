using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Tests.Tutorials;

/// <summary>The chat completions of the tutorials: FastAPI's <c>StreamingResponse</c> over a list of tokens.</summary>
internal static class ChatCompletions
{
    public const string Answer = "你好,我是AI助手,很高兴为您服务。";

    public static readonly string[] Tokens = ["你好", ",我是", "AI", "助手", ",", "很高兴", "为您", "服务", "。"];

    public const string Finish = """data: {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 10, "completion_tokens": 9}}""" + "\n\n";

    public static string Chunk(string token) =>
        $$$"""data: {"choices": [{"delta": {"content": {{{JsonSerializer.Serialize(token)}}}}, "finish_reason": null}], "usage": null}""" + "\n\n";

    /// <summary>"流式响应", "服务端实现".</summary>
    public static void Map(WebApplication app, Func<HttpContext, Task<bool>>? first = null) => app.MapPost("/v1/chat/completions", async (HttpContext context) =>
    {
        if (first is not null && await first(context)) return;
        TutorialServer.AsEventStream(context);
        foreach (string token in Tokens) await TutorialServer.SendAsync(context, Chunk(token));
        await TutorialServer.SendAsync(context, Finish);
        await TutorialServer.SendAsync(context, "data: [DONE]\n\n");
    });

    /// <summary>The answer of <see cref="SseFormatTests.Events"/>. If <paramref name="stayOpen"/> is given, the connection stays open until the client leaves.</summary>
    public static async Task AnswerBrieflyAsync(HttpContext context, TaskCompletionSource? stayOpen = null)
    {
        using CancellationTokenRegistration registration = context.RequestAborted.Register(() => stayOpen?.TrySetResult());
        TutorialServer.AsEventStream(context);
        foreach (string line in SseFormatTests.Events) await TutorialServer.SendAsync(context, line + "\n\n");
        if (stayOpen is not null) await stayOpen.Task;
    }
}
