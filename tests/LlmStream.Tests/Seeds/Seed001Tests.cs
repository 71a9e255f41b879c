using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Tests.Seeds;

/// <summary>Seed 001, "如何让 LLM 的返回值流式输出?": TDesign's fetchSSE, and Qwen in both its formats.</summary>
public class Seed001Tests
{
    /// <summary>"解析流式接口请求": <c>success</c> for each piece, then <c>complete(true)</c>.</summary>
    [Fact]
    public async Task FetchSSE_success_and_complete()
    {
        await using SeedServer server = await SeedServer.StartAsync(app => ChatCompletions.Map(app));
        Assert.Equal(["success 你好", "success ,我是", "success AI", "success 助手", "success ,", "success 很高兴", "success 为您", "success 服务", "success 。", "success ", "complete"],
            await FetchSse(await server.PostAsync("/v1/chat/completions")));
    }

    /// <summary>"complete?.(false, response.statusText); fail?.()": the seed calls both, and then fail again in its catch. Here it is one call.</summary>
    [Fact]
    public async Task FetchSSE_fail_by_status()
    {
        await using SeedServer server = await SeedServer.StartAsync(app => app.MapPost("/v1/chat/completions", () => Results.StatusCode(503)));
        Assert.Equal(["fail ServerError"], await FetchSse(await server.PostAsync("/v1/chat/completions")));
    }

    /// <summary>A connection that ends early: the seed's loop calls complete(true).</summary>
    [Fact]
    public async Task FetchSSE_fail_by_a_cut()
    {
        await using SeedServer server = await SeedServer.StartAsync(app => app.MapPost("/v1/chat/completions", async (HttpContext context) =>
        {
            SeedServer.AsEventStream(context);
            await SeedServer.SendAsync(context, ChatCompletions.Chunk("你好"));
        }));
        Assert.Equal(["success 你好", "fail Truncated"], await FetchSse(await server.PostAsync("/v1/chat/completions")));
    }

    /// <summary>"OpenAI 兼容": <c>for chunk in completion</c>, where the last chunk has no choices but the usage.</summary>
    [Fact]
    public async Task OpenAI_compatible_loop()
    {
        await using SeedServer server = await SeedServer.StartAsync(app => ChatCompletions.Map(app, async context =>
        {
            SeedServer.AsEventStream(context);
            foreach (string token in ChatCompletions.Tokens) await SeedServer.SendAsync(context, ChatCompletions.Chunk(token));
            await SeedServer.SendAsync(context, """data: {"choices":[{"delta":{"content":""},"finish_reason":"stop","index":0}],"usage":null}""" + "\n\n");
            await SeedServer.SendAsync(context, """data: {"choices":[],"usage":{"prompt_tokens":22,"completion_tokens":17,"total_tokens":39}}""" + "\n\ndata: [DONE]\n\n");
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

    /// <summary>"DashScope": <c>full_content += …</c> is right with <c>incremental_output</c>, and wrong by default; here both are one loop.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DashScope_loop(bool incrementalOutput)
    {
        await using SeedServer server = await SeedServer.StartAsync(app => app.MapPost("/api/v1/services/aigc/text-generation/generation", Generate));
        using HttpResponseMessage response = await server.PostAsync("/api/v1/services/aigc/text-generation/generation",
            $$$"""{"model":"qwen-plus","parameters":{"result_format":"message","incremental_output":{{{(incrementalOutput ? "true" : "false")}}}}}""");
        var full = new StringBuilder();
        await foreach (ChatDelta delta in response.ReadChatDeltasAsync(ChatDialect.DashScope))
        {
            Assert.Equal(full.Length, delta.TextOffset);
            full.Append(delta.Text);
        }

        Assert.Equal(ChatCompletions.Answer, full.ToString());

        static async Task Generate(HttpContext context)
        {
            using JsonDocument request = await JsonDocument.ParseAsync(context.Request.Body);
            bool incremental = request.RootElement.GetProperty("parameters").GetProperty("incremental_output").GetBoolean();
            SeedServer.AsEventStream(context);
            string soFar = "";
            for (int i = 0; i <= ChatCompletions.Tokens.Length; i++)
            {
                bool isLast = i == ChatCompletions.Tokens.Length;
                string token = isLast ? "" : ChatCompletions.Tokens[i];
                soFar += token;
                await SeedServer.SendAsync(context, $$$"""
                    id:{{{i + 1}}}
                    event:result
                    :HTTP_STATUS/200
                    data:{"output":{"choices":[{"message":{"content":"{{{(incremental ? token : soFar)}}}","role":"assistant"},"finish_reason":"{{{(isLast ? "stop" : "null")}}}"}]},"usage":{"total_tokens":{{{22 + i}}},"input_tokens":22,"output_tokens":{{{i}}}},"request_id":"3d5d2a1a"}


                    """.ReplaceLineEndings("\n"));
            }
        }
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
