using System.Net;
using System.Net.Sockets;
using LlmStream.Testing;
using LlmStream.Tests.Fakes;
using LlmStream.Transport;
using Microsoft.Extensions.DependencyInjection;

namespace LlmStream.Tests.Client.Sockets;

/// <summary>How connections are reused, redirected, read and made.</summary>
public class ConnectionTests
{
    private const string Key = "sk-secret-0123456789";

    [Theory]
    [InlineData(Connections.Own)]
    [InlineData(Connections.Callers)]
    public async Task A_connection_is_reused_even_if_the_end_of_the_body_arrives_later(Connections connections)
    {
        var loopEnded = new SemaphoreSlim(0);
        await using var server = new SocketServer(async connection =>
        {
            await connection.SendAsync(SocketServer.ChunkedHead + SocketServer.HttpChunk(StubServer.Stream("Hello")));
            await loopEnded.WaitAsync();
            await connection.SendAsync("0\r\n\r\n");
        });
        var time = new FakeTimeProvider();
        using LlmStreamClient client = server.Provider.Client(connections, options => options.TimeProvider = time);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("Hello", (await client.AskAsync()).Text);
            Task idle = time.NoTimersAsync();
            loopEnded.Release();
            await idle;
        }

        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task A_connection_is_reused_if_the_body_ends_with_the_answer()
    {
        await using var server = new SocketServer(connection =>
            connection.SendAsync(SocketServer.ChunkedHead + SocketServer.HttpChunk(StubServer.Stream("Hello")) + "0\r\n\r\n"));
        using LlmStreamClient client = server.Provider.Client();
        for (int i = 0; i < 20; i++) Assert.Equal("Hello", (await client.AskAsync()).Text);
        Assert.Equal(1, server.Connections);
    }

    [Theory]
    [InlineData("Authorization", false)]
    [InlineData("Authorization", true)]
    [InlineData("api-key", false)]
    [InlineData("api-key", true)]
    public async Task The_key_is_not_redirected_to_another_server(string header, bool injected)
    {
        await using ScriptedLlmServer other = await ScriptedLlmServer.StartAsync(Script.Answer("Stolen"));
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Redirect(new Uri(other.BaseAddress, "chat/completions")));
        void Configure(LlmStreamOptions options) =>
            (options.Provider, options.ApiKey, options.Retry) = (server.Provider with { ApiKeyHeader = header }, Key, LlmRetryOptions.Off);

        await using ServiceProvider services = BuildServices(Configure);
        using LlmStreamClient own = server.Provider.Client(Connections.Own, Configure);
        LlmStreamClient client = injected ? services.GetRequiredService<LlmStreamClient>() : own;

        ChatStreamException failure = await client.FailAsync();
        Assert.Equal(ChatStreamError.InvalidRequest, failure.Error);
        Assert.Contains(Key, server.Requests[0].Headers[header], StringComparison.Ordinal);
        Assert.Empty(other.Requests);
    }

    /// <summary>
    /// When a handler of .NET follows a redirect, it removes a key in <c>Authorization</c>, but not one in another header. The body is
    /// not sent.
    /// </summary>
    [Fact]
    public async Task A_redirect_that_the_callers_handler_follows_is_an_error()
    {
        await using ScriptedLlmServer other = await ScriptedLlmServer.StartAsync(Script.Answer("Stolen"));
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Redirect(new Uri(other.BaseAddress, "chat/completions")));
        using LlmStreamClient client = server.Provider.Client(Connections.Callers, options => options.ApiKey = Key);

        ChatStreamException failure = await client.FailAsync();
        Assert.Equal((ChatStreamError.InvalidRequest, 1), (failure.Error, failure.AttemptCount));
        Assert.Contains(other.BaseAddress.Authority, failure.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
        Assert.Empty(other.Requests);

        LlmProvider provider = server.Provider with { ApiKeyHeader = "api-key" };
        Assert.Throws<ArgumentException>("httpClient", () => provider.Client(Connections.Callers, options => options.ApiKey = Key));
    }

    [Fact]
    public async Task Nothing_is_read_ahead_of_the_consumer()
    {
        const int Bound = 64 * 1024;
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Endless());
        var options = new LlmStreamOptions { Provider = server.Provider };
        long received = 0;
        using SocketsHttpHandler handler = LlmStreamClient.CreateHandler(options);
        handler.PlaintextStreamFilter = (context, _) => new(new CountingStream(context.PlaintextStream, count => Interlocked.Add(ref received, count)));
        using var http = new HttpClient(handler);
        using var client = new LlmStreamClient(http, options);

        await foreach (ChatDelta _ in client.StreamAsync(SocketClients.Body))
        {
            // The server writes until the socket buffers of both sides are full, and nobody reads them.
            while (server.Requests[0].BytesSent < 2 * Bound) await Task.Yield();
            Assert.InRange(Interlocked.Read(ref received), 1, Bound);
            break;
        }

        await server.Requests[0].ClientLeft;
        Assert.InRange(server.Requests[0].BytesSent, 0, 64 * 1024 * 1024);
    }

    [Fact]
    public async Task Two_hundred_concurrent_streams_are_complete()
    {
        string answer = string.Concat(Enumerable.Range(0, 50).Select(i => $"word {i} "));
        await using ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(Script.Answer(answer));
        using LlmStreamClient client = server.Provider.Client();

        ChatStreamResult[] results = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => client.AskAsync()));

        Assert.All(results, result => Assert.Equal((answer, true), (result.Text, result.IsComplete)));
    }

    [Fact]
    public async Task Connecting_has_a_time_budget()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux leaves a connection pending if the backlog of the listener is full.");
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        var address = (IPEndPoint)listener.LocalEndPoint!;
        Socket[] fillers = [.. Enumerable.Range(0, 8).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp))];
        Task[] filling = [.. fillers.Select(socket => socket.ConnectAsync(address))];
        await Task.WhenAny(filling);

        var time = new FakeTimeProvider();
        var provider = LlmProvider.CreateOpenAICompatible(new Uri($"http://127.0.0.1:{address.Port}/v1"));
        using LlmStreamClient client = provider.Client(Connections.Own, options =>
            (options.TimeProvider, options.Timeouts) = (time, new LlmTimeoutOptions { Connect = TimeSpan.FromSeconds(5) }));
        Task<ChatStreamException> failing = client.FailAsync();
        await time.TimerSetAsync(TimeSpan.FromSeconds(5));
        time.Advance(TimeSpan.FromSeconds(5));

        ChatStreamException failure = await failing;
        Assert.True(failure.Error == ChatStreamError.ConnectTimeout, failure.ToString());
        Assert.True(failure.IsTransient);
        foreach (Socket socket in fillers) socket.Dispose();
        await Task.WhenAll(filling).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private static ServiceProvider BuildServices(Action<LlmStreamOptions> configure)
    {
        var services = new ServiceCollection();
        services.AddLlmStream(configure);
        return services.BuildServiceProvider();
    }

    private sealed class CountingStream(Stream inner, Action<int> received) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await inner.ReadAsync(buffer, cancellationToken);
            received(count);
            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => inner.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
