using System.Runtime.CompilerServices;

namespace LlmStream.Tests.Reading;

/// <summary>A cancellation by either token is an <see cref="OperationCanceledException"/>, whatever the stream throws.</summary>
public class CancellationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_cancellation_before_the_start_takes_effect_at_once(bool byEnumerator)
    {
        var stream = new ScriptedStream(Transcript.Load("openai/plain-text.sse").Bytes);
        var token = new CancellationToken(canceled: true);
        ChatStreamCanceledException canceled = await Assert.ThrowsAsync<ChatStreamCanceledException>(() => Drain(stream, byEnumerator, token));
        Assert.Equal((token, 0), (canceled.CancellationToken, canceled.Partial.Choices.Count));
    }

    [Theory]
    [InlineData(false, Reaction.Cancels)]
    [InlineData(true, Reaction.Cancels)]
    [InlineData(false, Reaction.Breaks)] // as sockets and TLS streams do
    [InlineData(true, Reaction.Breaks)]
    [InlineData(false, Reaction.IsClosed)]
    [InlineData(true, Reaction.IsClosed)]
    public async Task A_cancellation_ends_the_wait_for_a_silent_stream(bool byEnumerator, Reaction reaction)
    {
        using var source = new CancellationTokenSource();
        var stream = new SilentStream(Transcript.Load("openai/neither-finish-nor-done.sse").Bytes, reaction);
        Task reading = Drain(stream, byEnumerator, source.Token);
        await stream.IsSilent;
        await source.CancelAsync();
        ChatStreamCanceledException canceled = await Assert.ThrowsAsync<ChatStreamCanceledException>(() => reading);
        Assert.Equal((source.Token, "Fog is"), (canceled.CancellationToken, canceled.Partial.Text));
    }

    [Theory]
    [InlineData(": k\n\n")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("foo: bar\n")]
    [InlineData("id: 1\n")]
    [InlineData(" ")]
    [InlineData("data: {\"choices\":[]}\n\n")]
    [InlineData("{\"choices\":[]}\n")]
    [InlineData("[ ,")]
    public async Task A_cancellation_ends_an_endless_stream_that_never_waits(string unit)
    {
        using var source = new CancellationTokenSource();
        var stream = new EndlessStream(System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(unit, 100))), source);
        ChatStreamCanceledException canceled = await Assert.ThrowsAsync<ChatStreamCanceledException>(() => Drain(stream, false, source.Token));
        Assert.Equal(source.Token, canceled.CancellationToken);
        Assert.InRange(stream.Reads, 1_000, 1_003);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_a_cancellation_no_delta_is_returned(bool byEnumerator)
    {
        using var source = new CancellationTokenSource();
        var stream = new ScriptedStream(Transcript.Load("openai/plain-text.sse").Bytes);
        int deltas = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatDelta _ in Read(stream, byEnumerator, source.Token))
            {
                deltas++;
                await source.CancelAsync();
            }
        });
        Assert.Equal(1, deltas);
    }

    [Fact]
    public async Task A_cancellation_by_somebody_else_is_a_lost_connection()
    {
        // For example HttpClient's own timeout: the caller has not cancelled.
        var cause = new OperationCanceledException("The response timed out.");
        byte[] bytes = Transcript.Load("openai/neither-finish-nor-done.sse").Bytes;
        Outcome outcome = await Outcome.ReadAsync(new ScriptedStream(bytes, failure: () => cause), ChatDialect.OpenAI);
        Assert.Equal(nameof(ChatStreamError.Connection), outcome.Ending);
        Assert.Same(cause, outcome.Exception!.InnerException);
        Assert.Equal("Fog is", outcome.Result.Text);
    }

    [Fact]
    public async Task Leaving_the_loop_leaves_the_stream_open()
    {
        var stream = new ScriptedStream(Transcript.Load("openai/plain-text.sse").Bytes);
        await foreach (ChatDelta _ in ChatStreamReader.ReadAsync(stream, ChatDialect.OpenAI)) break;
        Assert.False(stream.IsDisposed);
    }

    [Fact]
    public void Arguments_are_validated_before_the_enumeration()
    {
        Assert.Throws<ArgumentNullException>("stream", () => ChatStreamReader.ReadAsync(null!, ChatDialect.OpenAI));
        Assert.Throws<ArgumentNullException>("dialect", () => ChatStreamReader.ReadAsync(Stream.Null, null!));
        var closed = new MemoryStream();
        closed.Dispose();
        Assert.Throws<ArgumentException>("stream", () => ChatStreamReader.ReadAsync(closed, ChatDialect.OpenAI));
    }

    [Fact]
    public async Task A_stream_that_is_closed_before_it_is_read_is_a_lost_connection()
    {
        var stream = new MemoryStream();
        IAsyncEnumerable<ChatDelta> deltas = ChatStreamReader.ReadAsync(stream, ChatDialect.OpenAI);
        await stream.DisposeAsync();
        ChatStreamException exception = await Assert.ThrowsAsync<ChatStreamException>(() => deltas.CollectAsync());
        Assert.Equal(ChatStreamError.Connection, exception.Error);
    }

    private static ConfiguredCancelableAsyncEnumerable<ChatDelta> Read(Stream stream, bool byEnumerator, CancellationToken token) => byEnumerator
        ? ChatStreamReader.ReadAsync(stream, ChatDialect.OpenAI).WithCancellation(token)
        : ChatStreamReader.ReadAsync(stream, ChatDialect.OpenAI, null, token).WithCancellation(CancellationToken.None);

    private static async Task Drain(Stream stream, bool byEnumerator, CancellationToken token)
    {
        await foreach (ChatDelta _ in Read(stream, byEnumerator, token))
        {
            // Only the ending matters.
        }
    }

    /// <summary>How a stream reacts to the cancellation of a read.</summary>
    public enum Reaction
    {
        Cancels,
        Breaks,
        IsClosed,
    }

    /// <summary>Returns its bytes, then nothing until the read is cancelled.</summary>
    private sealed class SilentStream(byte[] bytes, Reaction reaction) : MemoryStream(bytes)
    {
        private readonly TaskCompletionSource _isSilent = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task IsSilent => _isSilent.Task;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int read = Read(buffer.Span);
            if (read > 0) return read;
            var never = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using CancellationTokenRegistration registration = cancellationToken.Register(never.SetResult);
            _isSilent.SetResult();
            await never.Task;
            throw reaction switch
            {
                Reaction.Breaks => new IOException("Unable to read data: the operation was aborted."),
                Reaction.IsClosed => new ObjectDisposedException(nameof(SilentStream)),
                _ => new OperationCanceledException(cancellationToken),
            };
        }
    }

    /// <summary>Repeats its bytes without ever waiting, and does not look at the token, which it cancels after 1,000 reads.</summary>
    private sealed class EndlessStream(byte[] bytes, CancellationTokenSource source) : MemoryStream
    {
        private int _position;

        public int Reads { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (++Reads == 1_000) source.Cancel();
            int count = Math.Min(buffer.Length, bytes.Length - _position);
            bytes.AsMemory(_position, count).CopyTo(buffer);
            _position = (_position + count) % bytes.Length;
            return new(count);
        }
    }
}
