using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Seeds;

/// <summary>Seed 002, "流式响应": chat completions, chunked transfer, WebSocket, React.</summary>
public class Seed002Tests
{
    /// <summary>"客户端实现": httpx, <c>aiter_lines</c>, <c>data[6:]</c>.</summary>
    [Fact]
    public async Task Stream_chat()
    {
        await using SeedServer server = await SeedServer.StartAsync(app => ChatCompletions.Map(app));
        using HttpResponseMessage response = await server.PostAsync("/v1/chat/completions", """{"model":"gpt-4","messages":[{"role":"user","content":"用Python写一个简单的HTTP服务器"}],"stream":true}""");
        ChatStreamResult answer = await response.ReadChatDeltasAsync(ChatDialect.OpenAI).CollectAsync();
        Assert.Equal(ChatCompletions.Answer, answer.Text);
        Assert.Equal((ChatFinishReason.Stop, 10L, 9L), (answer.FinishReason!.Value, answer.Usage!.InputTokenCount!.Value, answer.Usage.OutputTokenCount!.Value));
    }

    /// <summary>"React前端集成": <c>decoder.decode(value)</c> and <c>split('\n')</c> of each read, which breaks where a read ends within a line or a character.</summary>
    [Fact]
    public async Task UseChatStream()
    {
        await using SeedServer server = await SeedServer.StartAsync(app => ChatCompletions.Map(app, async context =>
        {
            SeedServer.AsEventStream(context);
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

    /// <summary>
    /// "分块传输实现": the generator writes chunk framing into a body that the server frames as well, and counts characters,
    /// not bytes.
    /// </summary>
    [Theory]
    [InlineData(1)] // the seed's own answer: one chunk
    [InlineData(400)] // several, each of 1,024 characters
    public async Task Chunked_generator(int repeats)
    {
        string text = string.Concat(Enumerable.Repeat("这是一个分块传输的响应😀", repeats));
        await using SeedServer server = await SeedServer.StartAsync(app => app.MapPost("/api/generate", context => Generate(context, text)));
        using (HttpResponseMessage response = await server.PostAsync("/api/generate"))
        {
            Generated answer = await ChunkedJsonReader.ReadAsync(await response.Content.ReadAsStreamAsync(), SeedJson.Default.Generated);
            Assert.Equal(text, answer.Response);
        }

        using HttpResponseMessage again = await server.PostAsync("/api/generate");
        var json = new StringBuilder();
        await foreach (string piece in ChunkedJsonReader.ReadTextAsync(await again.Content.ReadAsStreamAsync())) json.Append(piece);
        Assert.Equal($$"""{"response": "{{text}}"}""", json.ToString());

        static async Task Generate(HttpContext context, string text)
        {
            context.Response.ContentType = "application/json";
            Rune[] content = [.. $$"""{"response": "{{text}}"}""".EnumerateRunes()];
            foreach (Rune[] chunk in content.Chunk(1024))
                await SeedServer.SendAsync(context, string.Create(CultureInfo.InvariantCulture, $"{chunk.Length:x}\r\n{string.Concat(chunk)}\r\n"));
            await SeedServer.SendAsync(context, "0\r\n\r\n");
        }
    }

    /// <summary>"WebSocket流式": <c>ws_client</c>, and, because the server loops, the next question over the same socket.</summary>
    [Fact]
    public async Task Ws_client()
    {
        await using SeedServer server = await SeedServer.StartAsync(app => app.Map("/ws/chat", WebSocketChat));
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(server.Address) { Scheme = "ws", Path = "/ws/chat" }.Uri, CancellationToken.None);
        foreach (string question in (string[])["你好", "再见"])
        {
            await socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { message = question }), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            ChatStreamResult answer = await socket.ReadChatDeltasAsync(ChatDialect.Tokens).CollectAsync();
            Assert.Equal(string.Concat(Enumerable.Range(0, 10).Select(i => $"{question}_{i}")), answer.Text);
            Assert.Equal(ChatFinishReason.Stop, answer.FinishReason);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
    }

    private static async Task WebSocketChat(HttpContext context)
    {
        using WebSocket socket = await context.WebSockets.AcceptWebSocketAsync();
        byte[] buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, CancellationToken.None) is { MessageType: WebSocketMessageType.Text } received)
        {
            using JsonDocument message = JsonDocument.Parse(buffer.AsMemory(0, received.Count));
            for (int i = 0; i < 10; i++) await Send($$"""{"token": "{{message.RootElement.GetProperty("message").GetString()}}_{{i}}", "index": {{i}}}""");
            await Send("""{"done": true}""");
        }

        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

        Task Send(string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
    }
}
