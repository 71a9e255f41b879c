using System.Net.WebSockets;
using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests;

/// <summary>Answers that are read from a WebSocket.</summary>
public class WebSocketExtensionsTests
{
    private const string Done = """{"done":true}""";

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Messages_are_events_whatever_their_fragments(int fragmentSize)
    {
        var socket = new ScriptedSocket("""{"token":"你","index":0}""", """{"token":"好\ud83d"}""", """{"token":"\ude00"}""", Done, """{"token":"next"}""", Done) { FragmentSize = fragmentSize };
        List<ChatDelta> deltas = [];
        await foreach (ChatDelta delta in socket.ReadChatDeltasAsync(ChatDialect.Tokens)) deltas.Add(delta);
        Assert.Equal([("你", 0), ("好", 1), ("😀", 2), ("", 4)], deltas.Select(delta => (delta.Text, delta.TextOffset)));
        Assert.Equal(ChatFinishReason.Stop, deltas[^1].FinishReason);
        Assert.Equal("next", (await socket.ReadChatDeltasAsync(ChatDialect.Tokens).CollectAsync()).Text);
        Assert.False(socket.IsAborted);
    }

    [Fact]
    public async Task A_message_may_be_larger_than_the_first_buffer()
    {
        string text = new('长', 20_000);
        Assert.Equal(text, (await new ScriptedSocket($$"""{"token":"{{text}}"}""", Done).ReadChatDeltasAsync(ChatDialect.Tokens).CollectAsync()).Text);
    }

    [Fact]
    public async Task Other_dialects_are_read_from_a_socket_too()
    {
        var socket = new ScriptedSocket("""{"choices":[{"delta":{"content":"hi"}}]}""", """{"choices":[{"delta":{},"finish_reason":"stop"}]}""", "[DONE]");
        Assert.Equal("hi", (await socket.ReadChatDeltasAsync(ChatDialect.OpenAI).CollectAsync()).Text);
    }

    [Fact]
    public async Task An_error_that_the_server_reports_leaves_the_socket_open()
    {
        var socket = new ScriptedSocket("""{"token":"a"}""", """{"error":{"code":"overloaded","message":"too much"}}""", """{"token":"b"}""", Done);
        ChatStreamException exception = await Fail(socket);
        Assert.Equal((ChatStreamError.ProviderError, "overloaded", "too much", "a"), (exception.Error, exception.ProviderCode, exception.ProviderMessage, exception.Partial.Text));
        Assert.False(socket.IsAborted);
        Assert.Equal("b", (await socket.ReadChatDeltasAsync(ChatDialect.Tokens).CollectAsync()).Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("upstream gone")]
    public async Task A_close_before_done_is_truncated(string words)
    {
        var socket = new ScriptedSocket("""{"token":"a"}""") { Closes = words };
        ChatStreamException exception = await Fail(socket);
        Assert.Equal((ChatStreamError.Truncated, "a"), (exception.Error, exception.Partial.Text));
        Assert.Contains(words, exception.Message, StringComparison.Ordinal);
        Assert.False(socket.IsAborted); // the caller completes the close handshake
        Assert.Equal(ChatStreamError.Truncated, (await Fail(new ScriptedSocket { Closes = words })).Error);
    }

    [Fact]
    public async Task A_lost_connection_carries_the_partial_answer()
    {
        var cause = new WebSocketException(WebSocketError.ConnectionClosedPrematurely);
        ChatStreamException exception = await Fail(new ScriptedSocket("""{"token":"a"}""") { Breaks = cause });
        Assert.Equal((ChatStreamError.Connection, "a"), (exception.Error, exception.Partial.Text));
        Assert.Same(cause, exception.InnerException);
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("""{"token":"a""")]
    public async Task A_message_that_is_not_an_event_is_quoted(string message)
    {
        var socket = new ScriptedSocket(message, Done);
        ChatStreamException exception = await Fail(socket);
        Assert.Equal(ChatStreamError.MalformedEvent, exception.Error);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.True(socket.IsAborted); // the messages that follow would be read as the next answer
    }

    [Fact]
    public async Task A_message_has_a_maximum_size()
    {
        var socket = new ScriptedSocket("""{"token":"a"}""", $$"""{"token":"{{new string('x', 100)}}"}""") { FragmentSize = 10 };
        ChatStreamException exception = await Fail(socket, new ChatReadOptions { MaxEventBytes = 50 });
        Assert.Equal((ChatStreamError.TooLarge, "a"), (exception.Error, exception.Partial.Text));
    }

    [Fact]
    public async Task A_cancellation_aborts_the_socket()
    {
        using var cancellation = new CancellationTokenSource();
        var socket = new ScriptedSocket("""{"token":"a"}""");
        Task<ChatStreamResult> reading = socket.ReadChatDeltasAsync(ChatDialect.Tokens, cancellationToken: cancellation.Token).CollectAsync();
        await socket.IsSilent;
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.True(socket.IsAborted);
    }

    [Fact]
    public async Task Leaving_the_loop_aborts_the_socket()
    {
        var socket = new ScriptedSocket("""{"token":"a"}""", """{"token":"b"}""", Done);
        await foreach (ChatDelta _ in socket.ReadChatDeltasAsync(ChatDialect.Tokens)) break;
        Assert.True(socket.IsAborted);
    }

    [Fact]
    public void Arguments_are_validated_before_the_enumeration()
    {
        Assert.Throws<ArgumentNullException>("socket", () => ((WebSocket)null!).ReadChatDeltasAsync(ChatDialect.Tokens));
        Assert.Throws<ArgumentNullException>("dialect", () => new ScriptedSocket().ReadChatDeltasAsync(null!));
    }

    private static Task<ChatStreamException> Fail(ScriptedSocket socket, ChatReadOptions? options = null) =>
        Assert.ThrowsAsync<ChatStreamException>(() => socket.ReadChatDeltasAsync(ChatDialect.Tokens, options).CollectAsync());
}
