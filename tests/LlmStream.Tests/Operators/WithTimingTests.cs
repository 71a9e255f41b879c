using LlmStream.Tests.Fakes;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators;

public class WithTimingTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Measures_times_and_speeds()
    {
        List<TimedDelta> timed = await RunAsync(
            (2, new ChatDelta { Role = ChatRole.Assistant }),
            (1, new ChatDelta { Reasoning = "hmm" }),
            (1, new ChatDelta { Text = "0123456789" }),
            (1, new ChatDelta { Text = "一二三四五", TextOffset = 10 }),
            (0, new ChatDelta { TextOffset = 15, FinishReason = ChatFinishReason.Stop }));

        Assert.Equal([2, 3, 4, 5, 5], timed.Select(item => item.Elapsed.TotalSeconds));
        Assert.Equal([null, 3, 3, 3, 3], timed.Select(item => item.TimeToFirstDelta?.TotalSeconds));
        Assert.Equal([null, null, 10, 7.5, 7.5], timed.Select(item => item.CharactersPerSecond));
        Assert.Equal([null, null, 3, 3, 3], timed.Select(item => item.TokensPerSecond));
    }

    [Fact]
    public async Task Measures_speed_within_the_window()
    {
        List<TimedDelta> timed = await RunAsync(
        [
            .. Enumerable.Range(0, 10).Select(i => (1.0, new ChatDelta { Text = new string('x', 100), TextOffset = i * 100 })),
            .. Enumerable.Range(0, 10).Select(i => (1.0, new ChatDelta { Text = new string('x', 10), TextOffset = 1000 + (i * 10) })),
        ]);
        Assert.Equal(100, timed[9].CharactersPerSecond);
        Assert.Equal((100 + 100 + 10 + 10 + 10) / 5.0, timed[12].CharactersPerSecond);
        Assert.Equal(10, timed[19].CharactersPerSecond);
    }

    [Fact]
    public async Task Checks_arguments_passes_failures_on_and_can_be_cancelled()
    {
        Assert.Throws<ArgumentNullException>(() => ((IAsyncEnumerable<ChatDelta>)null!).WithTiming());
        Assert.Throws<ArgumentOutOfRangeException>(() => DeltaSource.Of("a").WithTiming(TimeSpan.Zero));

        List<ChatDelta> deltas = DeltaSource.Answer(["a", "b"]);
        var source = new DeltaSource(deltas) { Failure = new ChatStreamException(ChatStreamError.Truncated) };
        var seen = new List<ChatDelta>();
        await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (TimedDelta item in source.WithTiming(null, _time))
            {
                seen.Add(item.Delta);
                Assert.Equal(seen.Count, source.Moves);
            }
        });
        Assert.Equal(deltas, seen);
        Assert.Equal(1, source.Disposals);

        using var cancellation = new CancellationTokenSource();
        var waiting = new DeltaSource(deltas) { Gates = { [1] = new TaskCompletionSource().Task } };
        await using IAsyncEnumerator<TimedDelta> timed = waiting.WithTiming(null, _time).GetAsyncEnumerator(cancellation.Token);
        Assert.True(await timed.MoveNextAsync());
        Task<bool> next = timed.MoveNextAsync().AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.Equal(1, waiting.Disposals);
    }

    private async Task<List<TimedDelta>> RunAsync(params (double After, ChatDelta Delta)[] deltas)
    {
        var timed = new List<TimedDelta>();
        await foreach (TimedDelta item in Source().WithTiming(null, _time)) timed.Add(item);
        return timed;

        async IAsyncEnumerable<ChatDelta> Source()
        {
            foreach ((double after, ChatDelta delta) in deltas)
            {
                await Task.Yield();
                _time.Advance(TimeSpan.FromSeconds(after));
                yield return delta;
            }
        }
    }
}
