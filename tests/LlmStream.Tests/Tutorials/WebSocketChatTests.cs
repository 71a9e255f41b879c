using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Tutorials;

/// <summary>"流式响应", "WebSocket流式".</summary>
public class WebSocketChatTests
{
    /// <summary><c>ws_client</c>; because the server loops, the next question uses the same socket.</summary>
    [Fact]
    public async Task Several_answers_are_read_from_one_socket()
    {
        await using TutorialServer server = await TutorialServer.StartAsync(app => app.Map("/ws/chat", WebSocketChat));
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
