using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Operators;

public class CoalesceTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Joins_the_deltas_of_an_interval()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var source = new DeltaSource(DeltaSource.Answer(["a", "b", "c", "d"])) { Gates = { [3] = gate.Task } };
        await using IAsyncEnumerator<ChatDelta> deltas = source.Coalesce(Interval, _time).GetAsyncEnumerator();

        Assert.True(await deltas.MoveNextAsync());
        Assert.Equal("a", deltas.Current.Text); // the first is not delayed
        Task<bool> next = deltas.MoveNextAsync().AsTask();
        await _time.TimerSetAsync(Interval);
        _time.Advance(Interval);
        Assert.True(await next);
        Assert.Equal(("bc", 1), (deltas.Current.Text, deltas.Current.TextOffset));

        next = deltas.MoveNextAsync().AsTask();
        gate.SetResult();
        Assert.True(await next); // the finish reason is not delayed
        Assert.Equal(("d", "stop"), (deltas.Current.Text, deltas.Current.FinishReason?.Value));
        Assert.Equal(7, deltas.Current.Usage!.OutputTokenCount);
        Assert.False(await deltas.MoveNextAsync());
        Assert.Equal(1, source.Disposals);
    }

    [Fact]
    public async Task Does_not_delay_a_delta_after_a_silence()
    {
        await using IAsyncEnumerator<ChatDelta> deltas = DeltaSource.Of("a", "b", "c").Coalesce(Interval, _time).GetAsyncEnumerator();
        for (int i = 0; i < 3; i++)
        {
            Assert.True(await deltas.MoveNextAsync());
            Assert.Equal("abc"[i].ToString(), deltas.Current.Text);
            _time.Advance(Interval);
        }
    }

    [Fact]
    public async Task An_interval_of_zero_joins_nothing()
    {
        int count = 0;
        await foreach (ChatDelta _ in DeltaSource.Of("a", "b", "c").Coalesce(TimeSpan.Zero, _time)) count++;
        Assert.Equal(4, count);
    }

    [Fact]
    public async Task Joins_fragments_of_tool_calls()
    {
        ChatDelta[] parts =
        [
            new() { ToolCalls = [new ToolCallDelta { Name = "f", Arguments = "{" }] },
            new() { ToolCalls = [new ToolCallDelta { Arguments = "}", ArgumentsOffset = 1 }] },
            new() { ToolCalls = [new ToolCallDelta { Index = 1, Name = "g" }] },
        ];
        var seen = new List<ChatDelta>();
        var source = new DeltaSource([new() { Text = "x" }, .. parts.Select(part => new ChatDelta(part) { TextOffset = 1 })]);
        await foreach (ChatDelta delta in source.Coalesce(Interval, _time)) seen.Add(delta);
        Assert.Equal(2, seen.Count);
        Assert.Equal(["f", null, "g"], seen[1].ToolCalls.Select(call => call.Name));
    }

    [Fact]
    public async Task Joins_rewrites()
    {
        ChatDelta[] deltas =
        [
            new() { Text = "Hello " }, new() { Text = "wor", TextOffset = 6 }, new() { Text = "World", TextOffset = 6 },
            new() { Text = "there", TextOffset = 7 }, new() { Text = "Hi", TextOffset = 0 },
        ];
        Assert.Equal("Hi", (await Collected.FromAsync(new DeltaSource(deltas).Coalesce(Interval, _time))).Text);
        Assert.Equal("Hello Wthere", (await Collected.FromAsync(new DeltaSource(deltas[..4]).Coalesce(Interval, _time))).Text);
    }

    [Fact]
    public async Task Can_be_cancelled_while_it_waits()
    {
        using var cancellation = new CancellationTokenSource();
        var source = new DeltaSource(DeltaSource.Answer(["a", "b"])) { Gates = { [2] = new TaskCompletionSource().Task } };
        await using IAsyncEnumerator<ChatDelta> deltas = source.Coalesce(Interval, _time).GetAsyncEnumerator(cancellation.Token);
        Assert.True(await deltas.MoveNextAsync());
        Task<bool> next = deltas.MoveNextAsync().AsTask();
        await _time.TimerSetAsync(Interval);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.Equal(1, source.Disposals);
    }

    [Fact]
    public void Checks_the_interval_when_called() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => DeltaSource.Of("a").Coalesce(TimeSpan.FromTicks(-1)));
}
