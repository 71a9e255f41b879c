namespace LlmStream.Tests.Operators;

public class ReadAheadTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task Reads_ahead_up_to_its_capacity(int capacity)
    {
        // The source is read until the buffer is full; the completion source shows that it got that far.
        var source = DeltaSource.Of([.. Enumerable.Range(0, 20).Select(i => $"{i} ")]);
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var watched = new WatchedSource(source, moves => { if (moves == capacity + 1) arrived.TrySetResult(); });
        await using IAsyncEnumerator<ChatDelta> deltas = watched.ReadAhead(capacity).GetAsyncEnumerator();
        Assert.True(await deltas.MoveNextAsync());
        await arrived.Task;
        for (int given = 1; given <= 10; given++)
        {
            Assert.InRange(source.Moves, 1, given + capacity);
            Assert.True(await deltas.MoveNextAsync());
        }
    }

    [Fact]
    public async Task Keeps_the_order()
    {
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => $"{i} ")];
        var source = new DeltaSource(DeltaSource.Answer(texts)) { Yields = true };
        Assert.Equal(new Collected(string.Concat(texts), "", "stop", 7), await Collected.FromAsync(source.ReadAhead(3)));
        Assert.Equal(1, source.Disposals);
    }

    [Fact]
    public async Task Leaving_the_loop_stops_a_waiting_source()
    {
        var source = new DeltaSource(DeltaSource.Answer(["a", "b"])) { Gates = { [1] = new TaskCompletionSource().Task } };
        await foreach (ChatDelta _ in source.ReadAhead(4)) break;
        Assert.Equal(1, source.Disposals);
    }

    [Fact]
    public void Checks_the_capacity_when_called() => Assert.Throws<ArgumentOutOfRangeException>(() => DeltaSource.Of("a").ReadAhead(0));

    private sealed class WatchedSource(DeltaSource source, Action<int> onMove) : IAsyncEnumerable<ChatDelta>
    {
        public async IAsyncEnumerator<ChatDelta> GetAsyncEnumerator(CancellationToken cancellationToken = default)
        {
            await foreach (ChatDelta delta in source.WithCancellation(cancellationToken))
            {
                onMove(source.Moves);
                yield return delta;
            }
        }
    }
}
