using System.Globalization;
using System.Net.ServerSentEvents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Tests.Tutorials;

/// <summary>"什么是流式输出", "如何创建一个 SSE": sse-starlette's <c>EventSourceResponse</c> over a generator that never ends.</summary>
public class EndlessEventsTests
{
    /// <summary><c>curl http://0.0.0.0:4000/events</c>, and the same with <c>-X POST</c>.</summary>
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Endless_events_are_read_until_the_reader_leaves(string method)
    {
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using TutorialServer server = await TutorialServer.StartAsync(app => app.MapMethods("/events", ["GET", "POST"], context => EventGenerator(context, left)));
        using var request = new HttpRequestMessage(new HttpMethod(method), "/events");
        List<int> counts = [];
        using (HttpResponseMessage response = await server.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        await using (Stream body = await response.Content.ReadAsStreamAsync())
        {
            await foreach (SseItem<Count> count in SseReader.ReadAsync(body, TutorialJson.Default.Count))
            {
                counts.Add(count.Data.Value);
                if (counts.Count == 5) break;
            }
        }

        Assert.Equal([1, 2, 3, 4, 5], counts);
        await left.Task; // the server notices that the reader has left
    }

    /// <summary>CRLF, an empty line after each event, and a comment now and then.</summary>
    private static async Task EventGenerator(HttpContext context, TaskCompletionSource left)
    {
        TutorialServer.AsEventStream(context);
        try
        {
            for (int count = 1; ; count++)
            {
                await TutorialServer.SendAsync(context, string.Create(CultureInfo.InvariantCulture, $$"""data: {"count": {{count}}}""") + "\r\n\r\n");
                if (count % 2 == 0) await TutorialServer.SendAsync(context, ": ping - 2026-11-21 08:00:00.000000+00:00\r\n\r\n");
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            left.SetResult();
        }
    }
}
