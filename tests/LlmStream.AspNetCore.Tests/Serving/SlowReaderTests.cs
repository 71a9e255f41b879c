using System.IO.Pipelines;
using LlmStream.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>A client that reads slowly, or not at all, over an answer that never ends.</summary>
public class SlowReaderTests
{
    // What the sockets, HttpClient and Kestrel may hold between the two. Linux lets a socket's receive buffer grow to 32 MB.
    private const long MaxInFlight = 64 * 1024 * 1024;

    [Fact]
    public async Task The_provider_is_read_no_faster_than_the_client_reads()
    {
        await using RelayApp app = await RelayApp.StartAsync(Script.Endless().InChunksOf(50));
        using RawConnection connection = await RawConnection.PostAsync(app.Address, receiveBuffer: 16 * 1024);
        ScriptedRequest request = await app.Provider.WaitForRequestAsync();
        long sent = await LeavingTests.StableAsync(() => request.BytesSent, MaxInFlight);

        // It goes on when the client does.
        await connection.ReadWhileAsync(() => request.BytesSent == sent);
        Assert.DoesNotContain("error", connection.Received, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_time_in_which_nobody_reads_does_not_count()
    {
        var time = new FakeTimeProvider();
        var gate = new Gate(passes: 3);
        int isWaiting = 0;
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Endless(),
            map =>
            {
                map.Use((http, next) =>
                {
                    http.Features.Set<IHttpResponseBodyFeature>(new GatedBody(http.Features.GetRequiredFeature<IHttpResponseBodyFeature>(), gate));
                    return next(http);
                });
                map.MapChatRelay(
                    "/api/chat",
                    (ChatRelayRequest chat, LlmStreamClient client, CancellationToken stopped) =>
                        Watch(client.StreamAsync(chat.Messages, chat.Options, stopped)));
            },
            time: time);
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        await gate.Blocked;
        // What the relay was waiting for arrives; then it waits for the client alone.
        await LeavingTests.StableAsync(() => 1 - Volatile.Read(ref isWaiting), 1);
        for (int i = 0; i < 60; i++) time.Advance(TimeSpan.FromMinutes(1));

        gate.Open();
        await connection.ReadWhileAsync(() => connection.Received.Length < 100_000);
        Assert.DoesNotContain("error", connection.Received, StringComparison.Ordinal);
        Assert.Single(app.Provider.Requests);

        async IAsyncEnumerable<ChatDelta> Watch(IAsyncEnumerable<ChatDelta> deltas)
        {
            IAsyncEnumerator<ChatDelta> source = deltas.GetAsyncEnumerator();
            try
            {
                Volatile.Write(ref isWaiting, 1);
                while (await source.MoveNextAsync())
                {
                    Volatile.Write(ref isWaiting, 0);
                    yield return source.Current;
                    Volatile.Write(ref isWaiting, 1);
                }
            }
            finally
            {
                await source.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Nothing_is_read_and_no_heartbeat_is_written_while_the_connection_is_blocked()
    {
        var time = new FakeTimeProvider();
        var gate = new Gate(passes: 0);
        int read = 0;
        await using RelayApp app = await RelayApp.StartAsync(
            Script.Answer("unused"),
            map =>
            {
                map.Use((http, next) =>
                {
                    http.Features.Set<IHttpResponseBodyFeature>(new GatedBody(http.Features.GetRequiredFeature<IHttpResponseBodyFeature>(), gate));
                    return next(http);
                });
                map.MapChatRelay("/api/chat", (ChatRelayRequest _, CancellationToken _) => FakeAnswers.Endless(() => read++));
            },
            time: time);
        using RawConnection connection = await RawConnection.PostAsync(app.Address);
        await gate.Blocked;
        int readBefore = read;
        for (int i = 0; i < 60; i++) time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(readBefore, read);
        // What is sent at once is a few kilobytes.
        Assert.InRange(readBefore, 1, 1000);

        gate.Open();
        await connection.ReadUntilAsync("And so on");
        await connection.ReadWhileAsync(() => connection.Received.Length < 100_000);
        Assert.DoesNotContain("keep-alive", connection.Received, StringComparison.Ordinal);
    }

    private sealed class Gate(int passes)
    {
        private int _passes = passes;
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _blocked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Blocked => _blocked.Task;

        public void Open() => _open.SetResult();

        public Task PassAsync()
        {
            if (Interlocked.Decrement(ref _passes) >= 0) return Task.CompletedTask;
            _blocked.TrySetResult();
            return _open.Task;
        }
    }

    private sealed class GatedBody(IHttpResponseBodyFeature inner, Gate gate) : IHttpResponseBodyFeature
    {
        public Stream Stream => inner.Stream;

        public PipeWriter Writer { get; } = new GatedWriter(inner.Writer, gate);

        public void DisableBuffering() => inner.DisableBuffering();

        public Task StartAsync(CancellationToken cancellationToken = default) => inner.StartAsync(cancellationToken);

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public Task CompleteAsync() => inner.CompleteAsync();
    }

    private sealed class GatedWriter(PipeWriter inner, Gate gate) : PipeWriter
    {
        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override void Advance(int bytes) => inner.Advance(bytes);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            await gate.PassAsync().WaitAsync(cancellationToken);
            return await inner.FlushAsync(cancellationToken);
        }
    }
}
