using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Resilience;

/// <summary>The enumeration of an answer: what a move returns, and what ends with it.</summary>
public class AnswerSequenceTests
{
    private readonly LiveStream _stream = new();

    [Fact]
    public async Task Disposal_during_a_move_is_an_error()
    {
        using var cancellation = new CancellationTokenSource();
        _stream.Write(StubServer.Chunk("Hi"));
        IAsyncEnumerator<ChatDelta> deltas = new StubServer().Streams(_stream).Client().StreamAsync("x").GetAsyncEnumerator(cancellation.Token);
        Assert.True(await deltas.MoveNextAsync());
        Task<bool> moving = deltas.MoveNextAsync().AsTask();

        await Assert.ThrowsAsync<NotSupportedException>(async () => await deltas.DisposeAsync());
        Assert.False(_stream.Disposed.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAsync<ChatStreamCanceledException>(() => moving);
        await deltas.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_total_budget_ends_with_the_enumeration(bool isComplete)
    {
        var time = new FakeTimeProvider();
        var server = new StubServer().Streams(isComplete ? StubServer.Stream("Hi") : StubServer.Chunk("Hi"));
        LlmStreamClient client = server.Client(options =>
        {
            options.TimeProvider = time;
            options.Timeouts = new LlmTimeoutOptions { Total = TimeSpan.FromMinutes(5) };
        });
        IAsyncEnumerator<ChatDelta> deltas = client.StreamAsync("x").GetAsyncEnumerator();
        Assert.True(await deltas.MoveNextAsync());
        Assert.True(time.TimerSetAsync(TimeSpan.FromMinutes(5)).IsCompleted);
        while (isComplete && await deltas.MoveNextAsync())
        {
            // Only the end matters.
        }

        await deltas.DisposeAsync();
        Assert.True(time.NoTimersAsync().IsCompleted);
    }

    [Fact]
    public async Task After_the_end_no_other_request_is_sent()
    {
        var server = new StubServer().Streams(StubServer.Stream("Hi")).Streams(StubServer.Stream("Hi"));
        await using IAsyncEnumerator<ChatDelta> deltas = server.Client().StreamAsync("x").GetAsyncEnumerator();
        while (await deltas.MoveNextAsync())
        {
            // Only the end matters.
        }

        Assert.False(await deltas.MoveNextAsync());
        Assert.Single(server.Requests);
    }
}
