using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Tutorials;

/// <summary>The clients of the tutorials, against their chat completions.</summary>
public class ChatCompletionsTests
{
    /// <summary>"如何让 LLM 的返回值流式输出?", "OpenAI 兼容": <c>for chunk in completion</c>.</summary>
    [Fact]
    public async Task Usage_in_a_last_chunk_without_choices_is_read()
    {
        await using TutorialServer server = await TutorialServer.StartAsync(app => ChatCompletions.Map(app, async context =>
        {
            TutorialServer.AsEventStream(context);
            foreach (string token in ChatCompletions.Tokens) await TutorialServer.SendAsync(context, ChatCompletions.Chunk(token));
            await TutorialServer.SendAsync(context, """data: {"choices":[{"delta":{"content":""},"finish_reason":"stop","index":0}],"usage":null}""" + "\n\n");
            await TutorialServer.SendAsync(context, """data: {"choices":[],"usage":{"prompt_tokens":22,"completion_tokens":17,"total_tokens":39}}""" + "\n\ndata: [DONE]\n\n");
            return true;
        }));
        using LlmStreamClient client = server.Client();
        var full = new StringBuilder();
        long? total = null;
        await foreach (ChatDelta delta in client.StreamAsync("你是谁?"))
        {
            full.Append(delta.Text);
            total = delta.Usage?.TotalTokenCount ?? total;
        }

        Assert.Equal((ChatCompletions.Answer, 39L), (full.ToString(), total));
    }

    /// <summary>"流式响应", "客户端实现": httpx, <c>aiter_lines</c>, <c>data[6:]</c>.</summary>
    [Fact]
    public async Task An_answer_is_collected_with_its_finish_reason_and_usage()
    {
        await using TutorialServer server = await TutorialServer.StartAsync(app => ChatCompletions.Map(app));
        using HttpResponseMessage response = await server.PostAsync("/v1/chat/completions", """{"model":"gpt-4","messages":[{"role":"user","content":"用Python写一个简单的HTTP服务器"}],"stream":true}""");
        ChatStreamResult answer = await response.ReadChatDeltasAsync(ChatDialect.OpenAI).CollectAsync();
        Assert.Equal(ChatCompletions.Answer, answer.Text);
        Assert.Equal((ChatFinishReason.Stop, 10L, 9L), (answer.FinishReason!.Value, answer.Usage!.InputTokenCount!.Value, answer.Usage.OutputTokenCount!.Value));
    }

    /// <summary>
    /// "流式响应", "React前端集成": <c>decoder.decode(value)</c> and <c>split('\n')</c> of each read,
    /// which fails if a read ends inside a line or a character.
    /// </summary>
    [Fact]
    public async Task A_response_that_arrives_byte_by_byte_is_read()
    {
        await using TutorialServer server = await TutorialServer.StartAsync(app => ChatCompletions.Map(app, async context =>
        {
            TutorialServer.AsEventStream(context);
            byte[] body = Encoding.UTF8.GetBytes(string.Concat(ChatCompletions.Tokens.Select(ChatCompletions.Chunk)) + ChatCompletions.Finish + "data: [DONE]\n\n");
            foreach (byte one in body)
            {
                await context.Response.Body.WriteAsync(new[] { one });
                await context.Response.Body.FlushAsync();
            }

            return true;
        }));
        List<string> messages = ["用户"];
        using HttpResponseMessage response = await server.PostAsync("/v1/chat/completions");
        string assistant = "";
        await foreach (ChatDelta delta in response.ReadChatDeltasAsync(ChatDialect.OpenAI))
        {
            assistant = assistant[..delta.TextOffset] + delta.Text;
            if (messages.Count == 1) messages.Add(assistant);
            else messages[^1] = assistant;
        }

        Assert.Equal(["用户", ChatCompletions.Answer], messages);
    }

    /// <summary>"Streaming 流式输出教程", "Python 实现": <c>for chunk in response</c>.</summary>
    [Fact]
    public async Task A_request_with_options_is_answered()
    {
        await using TutorialServer server = await TutorialServer.StartAsync(app => ChatCompletions.Map(app, async context =>
        {
            await ChatCompletions.AnswerBrieflyAsync(context);
            return true;
        }));
        using LlmStreamClient client = server.Client();
        var printed = new StringBuilder();
        await foreach (ChatDelta delta in client.StreamAsync("写一篇关于 AI 的文章", new ChatOptions { Temperature = 0.7f })) printed.Append(delta.Text);
        Assert.Equal("你好!", printed.ToString());
    }

    /// <summary>"Streaming 流式输出教程", "JavaScript EventSource": a GET.</summary>
    [Fact]
    public async Task Reading_ends_at_the_marker_even_if_the_connection_stays_open()
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TutorialServer server = await TutorialServer.StartAsync(app => app.MapGet("/api/stream", (HttpContext context) => ChatCompletions.AnswerBrieflyAsync(context, left)));
        using HttpResponseMessage response = await server.Http.GetAsync("/api/stream", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("你好!", (await response.ReadChatDeltasAsync(ChatDialect.OpenAI).CollectAsync()).Text);
        await left.Task;
    }

    /// <summary>"Streaming 流式输出教程", "Fetch API 处理": <c>JSON.parse</c> of <c>[DONE]</c> throws.</summary>
    [Fact]
    public async Task The_marker_is_not_parsed_as_JSON()
    {
        await using TutorialServer server = await TutorialServer.StartAsync(app => app.MapPost("/api/chat", (HttpContext context) => ChatCompletions.AnswerBrieflyAsync(context)));
        using HttpResponseMessage response = await server.PostAsync("/api/chat", """{"model":"gpt-4o","messages":[{"role":"user","content":"你好"}],"stream":true}""");
        List<string> handled = [];
        await foreach (ChatDelta delta in response.ReadChatDeltasAsync(ChatDialect.OpenAI))
        {
            if (delta.Text.Length > 0) handled.Add(delta.Text);
        }

        Assert.Equal(["你", "好", "!"], handled);
    }
}
