using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Tests.Tutorials;

/// <summary>"如何让 LLM 的返回值流式输出?", "DashScope".</summary>
public class DashScopeTests
{
    /// <summary>The tutorial's <c>full_content += …</c> is right with <c>incremental_output</c>, and wrong by default.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Incremental_and_cumulative_output_are_read_by_the_same_loop(bool incrementalOutput)
    {
        await using TutorialServer server = await TutorialServer.StartAsync(app => app.MapPost("/api/v1/services/aigc/text-generation/generation", Generate));
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
            TutorialServer.AsEventStream(context);
            string soFar = "";
            for (int i = 0; i <= ChatCompletions.Tokens.Length; i++)
            {
                bool isLast = i == ChatCompletions.Tokens.Length;
                string token = isLast ? "" : ChatCompletions.Tokens[i];
                soFar += token;
                await TutorialServer.SendAsync(context, $$$"""
                    id:{{{i + 1}}}
                    event:result
                    :HTTP_STATUS/200
                    data:{"output":{"choices":[{"message":{"content":"{{{(incremental ? token : soFar)}}}","role":"assistant"},"finish_reason":"{{{(isLast ? "stop" : "null")}}}"}]},"usage":{"total_tokens":{{{22 + i}}},"input_tokens":22,"output_tokens":{{{i}}}},"request_id":"3d5d2a1a"}


                    """.ReplaceLineEndings("\n"));
            }
        }
    }
}
