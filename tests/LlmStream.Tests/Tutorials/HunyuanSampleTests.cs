using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Tests.Tutorials;

/// <summary>"什么是流式输出", "hunyuan 的流式返回案例".</summary>
public class HunyuanSampleTests
{
    // As in the sample, except the counts, which follow the same pattern.
    private static readonly string[] Pieces = ["我是", "由腾", "讯公", "司开", "发的", "大型", "语言", "模型"];

    [Fact]
    public async Task An_answer_without_finish_reason_and_marker_is_truncated()
    {
        await using TutorialServer server = await TutorialServer.StartAsync(app => app.MapPost("/hunyuan", Hunyuan));
        using HttpResponseMessage response = await server.PostAsync("/hunyuan");
        var text = new StringBuilder();
        var exception = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (ChatDelta delta in response.ReadChatDeltasAsync(ChatDialect.OpenAI)) text.Append(delta.Text);
        });
        Assert.Equal(ChatStreamError.Truncated, exception.Error);
        Assert.Equal("我是由腾讯公司开发的大型语言模型", text.ToString());
        Assert.Equal(text.ToString(), exception.Partial.Text);
        Assert.Equal((8L, 18L), (exception.Partial.Usage?.OutputTokenCount, exception.Partial.Usage?.TotalTokenCount));
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1695218378), exception.Partial.Stream.CreatedAt);

        static async Task Hunyuan(HttpContext context)
        {
            TutorialServer.AsEventStream(context);
            int tokens = 0;
            foreach (string piece in Pieces)
            {
                tokens++;
                await TutorialServer.SendAsync(context, string.Create(CultureInfo.InvariantCulture,
                    $$$"""data: {"id":"7eced65bb3cb122d9f927563fc0e5673","created":1695218378,"choices":[{"delta":{"role":"assistant","content":"{{{piece}}}"}}],"usage":{"prompt_tokens":10,"completion_tokens":{{{tokens}}},"total_tokens":{{{10 + tokens}}}}}""") + "\n\n");
            }
        }
    }
}
