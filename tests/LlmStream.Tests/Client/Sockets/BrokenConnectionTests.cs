using LlmStream.Testing;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Client.Sockets;

/// <summary>The ways in which a connection can break, and the errors that result.</summary>
public class BrokenConnectionTests
{
    private const string DoneFrame = "data: [DONE]\n\n";

    private static readonly string Whole = StubServer.Stream("Hel", "lo");

    private static readonly string Finished = Whole[..^DoneFrame.Length];

    public static TheoryData<string, string, ChatStreamError?> Endings => new()
    {
        { "HTTP/1.1 200 OK\r\nContent-Ty", "", ChatStreamError.Connection },
        { SocketServer.ChunkedHead, "", ChatStreamError.Connection },
        { SocketServer.ChunkedHead + SocketServer.HttpChunk(StubServer.Chunk("Hel")), "Hel", ChatStreamError.Connection },
        { SocketServer.ChunkedHead + SocketServer.HttpChunk(StubServer.Chunk("Hel") + StubServer.Chunk("lo")[..40]), "Hel", ChatStreamError.Connection },
        { SocketServer.ChunkedHead + SocketServer.HttpChunk(Finished), "Hello", null },
        { SocketServer.ChunkedHead + SocketServer.HttpChunk(Whole), "Hello", null },
        { SocketServer.Head(Whole.Length + 100) + StubServer.Chunk("Hel"), "Hel", ChatStreamError.Connection },
        { SocketServer.Head(Whole.Length + 100) + Whole, "Hello", null },
    };

    [Theory, MemberData(nameof(Endings))]
    public async Task A_connection_that_is_closed_too_early_is_an_error(string sent, string text, ChatStreamError? error)
    {
        await using var server = new SocketServer(async connection =>
        {
            await connection.SendAsync(sent);
            connection.Close();
        });
        await EndsAsync(server, text, error);
    }

    [Theory]
    [InlineData(0, ChatStreamError.Truncated)]
    [InlineData(1, ChatStreamError.Truncated)]
    public async Task A_content_length_that_is_too_short_truncates_the_answer(int events, ChatStreamError error)
    {
        int length = events * StubServer.Chunk("Hel").Length;
        await using var server = new SocketServer(async connection =>
        {
            await connection.SendAsync(SocketServer.Head(length) + Whole);
            connection.Close();
        });
        await EndsAsync(server, events == 0 ? "" : "Hel", error);
    }

    [Fact]
    public async Task A_reset_before_the_headers_is_a_connection_failure()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.NoResponse());
        using LlmStreamClient client = server.Provider.Client();
        Assert.Equal(ChatStreamError.Connection, (await client.FailAsync()).Error);
    }

    [Fact]
    public async Task A_reset_or_an_aborted_body_anywhere_is_an_error()
    {
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(""));
        using LlmStreamClient client = server.Provider.Client();
        int chunk = StubServer.Chunk("Hel").Length;
        foreach (Func<long, Script> broken in (Func<long, Script>[])[at => Script.Raw(Whole).ResetAt(at), at => Script.Raw(Whole).AbortAt(at)])
        {
            foreach ((long at, string text, bool isComplete) in ((long, string, bool)[])
                [(0, "", false), (chunk / 2, "", false), (chunk, "Hel", false), (chunk + 20, "Hel", false), (Whole.Length - DoneFrame.Length, "Hello", true), (Whole.Length, "Hello", true)])
            {
                server.Play(broken(at));
                if (isComplete) Assert.Equal(text, (await client.AskAsync()).Text);
                else
                {
                    ChatStreamException failure = await client.FailAsync();
                    Assert.Equal((ChatStreamError.Connection, text), (failure.Error, failure.Partial.Text));
                    Assert.True(failure.IsTransient);
                }
            }
        }
    }

    [Theory]
    [InlineData(Connections.Own)]
    [InlineData(Connections.Callers)]
    public async Task A_body_that_does_not_end_after_the_marker_does_not_delay_the_loop_and_is_closed(Connections connections)
    {
        var left = new TaskCompletionSource();
        await using var server = new SocketServer(async connection =>
        {
            await connection.SendAsync(SocketServer.ChunkedHead + SocketServer.HttpChunk(Whole));
            await connection.ClientClosedAsync();
            left.SetResult();
        });
        var time = new FakeTimeProvider();
        using LlmStreamClient client = server.Provider.Client(connections, options => options.TimeProvider = time);

        Assert.Equal("Hello", (await client.AskAsync()).Text);
        Assert.False(left.Task.IsCompleted); // the end of the body is awaited in the background
        await time.TimerSetAsync(TimeSpan.FromSeconds(1));
        time.Advance(TimeSpan.FromSeconds(1));
        await left.Task;
    }

    private static async Task EndsAsync(SocketServer server, string text, ChatStreamError? error)
    {
        using LlmStreamClient client = server.Provider.Client();
        if (error is null)
        {
            Assert.Equal(text, (await client.AskAsync()).Text);
            return;
        }

        ChatStreamException failure = await client.FailAsync();
        Assert.Equal((error, text), (failure.Error, failure.Partial.Text));
        Assert.True(failure.IsTransient);
    }
}
