using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Tests.Seeds;

/// <summary>Seed 000, "什么是流式输出": the program under "如何创建一个 SSE" (seed 001 has it too), and hunyuan's stream.</summary>
public class Seed000Tests
{
    // Seed 000, "hunyuan 的流式返回案例", but for the counts, which are made up the same way.
    private static readonly string[] Pieces = ["我是", "由腾", "讯公", "司开", "发的", "大型", "语言", "模型"];

    /// <summary><c>curl http://0.0.0.0:4000/events</c>, and the same with <c>-X POST</c>.</summary>
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Events(string method)
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using SeedServer server = await SeedServer.StartAsync(app => app.MapMethods("/events", ["GET", "POST"], context => EventGenerator(context, left)));
        using var request = new HttpRequestMessage(new HttpMethod(method), "/events");
        List<int> counts = [];
        using (HttpResponseMessage response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        await using (Stream body = await response.Content.ReadAsStreamAsync())
        {
            await foreach (Count count in SseReader.ReadAsync(body, SeedJson.Default.Count))
            {
                counts.Add(count.Value);
                if (counts.Count == 5) break;
            }
        }

        Assert.Equal([1, 2, 3, 4, 5], counts);
        await left.Task; // the generator without end hears that its reader has gone
    }

    /// <summary>"hunyuan 的流式返回案例": the sample has neither a finish reason nor a marker, so it is an answer cut off.</summary>
    [Fact]
    public async Task Hunyuan_sample()
    {
        await using SeedServer server = await SeedServer.StartAsync(app => app.MapPost("/hunyuan", Hunyuan));
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
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1695218378), exception.Partial.Stream.Created);

        static async Task Hunyuan(HttpContext context)
        {
            SeedServer.AsEventStream(context);
            int tokens = 0;
            foreach (string piece in Pieces)
            {
                tokens++;
                await SeedServer.SendAsync(context, string.Create(CultureInfo.InvariantCulture,
                    $$$"""data: {"id":"7eced65bb3cb122d9f927563fc0e5673","created":1695218378,"choices":[{"delta":{"role":"assistant","content":"{{{piece}}}"}}],"usage":{"prompt_tokens":10,"completion_tokens":{{{tokens}}},"total_tokens":{{{10 + tokens}}}}}""") + "\n\n");
            }
        }
    }

    /// <summary>sse-starlette's EventSourceResponse: CRLF, an empty line behind each event, and a comment now and then.</summary>
    private static async Task EventGenerator(HttpContext context, TaskCompletionSource left)
    {
        SeedServer.AsEventStream(context);
        try
        {
            for (int count = 1; ; count++)
            {
                await SeedServer.SendAsync(context, string.Create(CultureInfo.InvariantCulture, $$"""data: {"count": {{count}}}""") + "\r\n\r\n");
                if (count % 2 == 0) await SeedServer.SendAsync(context, ": ping - 2026-11-21 08:00:00.000000+00:00\r\n\r\n");
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            left.SetResult();
        }
    }
}
