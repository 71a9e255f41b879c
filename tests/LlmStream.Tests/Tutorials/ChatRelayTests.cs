using System.Net.ServerSentEvents;
using System.Text.Json;
using LlmStream.Transport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Tests.Tutorials;

/// <summary>7, "带UI的流式聊天": <c>app.py</c>, which relays the answer of a model.</summary>
public class ChatRelayTests
{
    [Fact]
    public async Task Its_events_are_read_as_the_type_of_the_application()
    {
        await using TutorialServer server = await TutorialServer.StartAsync(MapRelay);
        using HttpResponseMessage response = await server.PostAsync("/chat", """{"message":"你好"}""");
        List<RelayEvent> events = [];
        await foreach (SseItem<RelayEvent> item in SseReader.ReadAsync(await response.Content.ReadAsStreamAsync(), TutorialJson.Default.RelayEvent)) events.Add(item.Data);
        Assert.Equal([.. ChatCompletions.Tokens.Select(token => new RelayEvent(token, false, 0)), new RelayEvent(null, true, 9)], events);
    }

    [Fact]
    public async Task Its_events_are_read_as_deltas_and_done_is_the_end()
    {
        await using TutorialServer server = await TutorialServer.StartAsync(MapRelay);
        using HttpResponseMessage response = await server.PostAsync("/chat", """{"message":"你好"}""");
        ChatStreamResult answer = await response.ReadChatDeltasAsync(ChatDialect.Tokens).CollectAsync();
        Assert.Equal((ChatCompletions.Answer, 9L), (answer.Text, answer.Usage!.OutputTokenCount!.Value));
    }

    /// <summary><c>yield f"data: {json.dumps({'error': str(e)})}\n\n"</c>: the model fails.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_error_event_of_the_relay_is_an_error(bool asDeltas)
    {
        await using TutorialServer server = await TutorialServer.StartAsync(MapRelay);
        using HttpResponseMessage response = await server.PostAsync("/chat", """{"message":"fail"}""");
        var exception = await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            if (asDeltas) await response.ReadChatDeltasAsync(ChatDialect.Tokens).CollectAsync();
            else await foreach (SseItem<RelayEvent> _ in SseReader.ReadAsync(await response.Content.ReadAsStreamAsync(), TutorialJson.Default.RelayEvent)) continue;
        });
        Assert.Equal((ChatStreamError.ProviderError, "InvalidRequest"), (exception.Error, exception.ProviderMessage));
    }

    /// <summary>The model is another program of the tutorials.</summary>
    private static void MapRelay(WebApplication app)
    {
        ChatCompletions.Map(app, context => Task.FromResult(false));
        app.MapPost("/fail/chat/completions", () => Results.BadRequest());
        app.MapPost("/chat", async context =>
        {
            using JsonDocument request = await JsonDocument.ParseAsync(context.Request.Body);
            string message = request.RootElement.GetProperty("message").GetString()!;
            var model = new Uri($"http://{context.Request.Host}/{(message == "fail" ? "fail" : "v1")}");
            using var client = new LlmStreamClient(new HttpClient(), new LlmStreamOptions
            {
                Provider = LlmProvider.CreateOpenAICompatible(model) with { DefaultModel = "gpt-4o-mini" },
                ApiKey = "your-api-key",
            });
            TutorialServer.AsEventStream(context);
            try
            {
                long totalTokens = 0;
                await foreach (ChatDelta delta in client.StreamAsync(message))
                {
                    if (delta.Text.Length > 0) await TutorialServer.SendAsync(context, $$"""data: {"content": {{JsonSerializer.Serialize(delta.Text)}}}""" + "\n\n");
                    totalTokens = delta.Usage?.OutputTokenCount ?? totalTokens;
                }

                await TutorialServer.SendAsync(context, $$"""data: {"done": true, "tokens": {{totalTokens}}}""" + "\n\n");
            }
            catch (ChatStreamException exception)
            {
                await TutorialServer.SendAsync(context, $$"""data: {"error": "{{exception.Error}}"}""" + "\n\n");
            }
        });
    }
}
