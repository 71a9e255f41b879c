namespace LlmStream.Tests.Operators;

public class MergeTests
{
    private static readonly MergeOptions Deliver = new() { FailurePolicy = MergeFailurePolicy.DeliverFailure };

    [Fact]
    public async Task Streams_take_turns()
    {
        var seen = new List<string>();
        DeltaSource[] sources = [DeltaSource.Of("a1", "a2"), DeltaSource.Of("b1", "b2", "b3"), DeltaSource.Of()];
        await foreach (MergedDelta item in ChatStreams.Merge(sources))
            seen.Add($"{item.SourceIndex}:{item.Delta!.Text}");
        Assert.Equal(["0:a1", "1:b1", "2:", "0:a2", "1:b2", "0:", "1:b3", "1:"], seen);
    }

    [Fact]
    public async Task A_slow_stream_does_not_delay_the_others()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var slow = new DeltaSource(DeltaSource.Answer(["s"])) { Gates = { [0] = gate.Task } };
        string seen = "";
        await foreach (MergedDelta item in ChatStreams.Merge([slow, DeltaSource.Of("a", "b")]))
        {
            seen += item.Delta!.Text;
            if (item is { SourceIndex: 1, Delta.FinishReason: not null }) gate.SetResult();
        }

        Assert.Equal("abs", seen);
    }

    [Fact]
    public async Task Reads_at_most_MaxConcurrency_streams_at_a_time()
    {
        var sources = Enumerable.Range(0, 6).Select(i => DeltaSource.Of($"{i}a", $"{i}b")).ToList();
        await foreach (MergedDelta _ in ChatStreams.Merge(sources, new MergeOptions { MaxConcurrency = 2 }))
            Assert.InRange(sources.Sum(source => source.Enumerations - source.Disposals), 1, 2);
        Assert.All(sources, source => Assert.Equal((1, 1), (source.Enumerations, source.Disposals)));
    }

    [Fact]
    public async Task Starts_a_stream_only_when_it_can_be_read()
    {
        int made = 0;
        IEnumerable<IAsyncEnumerable<ChatDelta>> Make()
        {
            for (int i = 0; i < 100; i++)
            {
                made++;
                yield return DeltaSource.Of("x");
            }
        }

        await foreach (MergedDelta _ in ChatStreams.Merge(Make(), new MergeOptions { MaxConcurrency = 3 })) break;
        Assert.Equal(3, made);
    }

    [Fact]
    public async Task Does_not_read_ahead()
    {
        DeltaSource[] sources = [DeltaSource.Of("a", "b", "c"), DeltaSource.Of("d", "e", "f")];
        var given = new int[2];
        await foreach (MergedDelta item in ChatStreams.Merge(sources))
        {
            given[item.SourceIndex]++;
            for (int i = 0; i < 2; i++) Assert.InRange(sources[i].Moves, 0, given[i] + 1); // at most one is requested
            Assert.Equal(given[item.SourceIndex], sources[item.SourceIndex].Moves);
        }
    }

    [Fact]
    public async Task FailAll_throws_the_failure_of_a_stream()
    {
        var failure = new ChatStreamException(ChatStreamError.Truncated);
        var failing = new DeltaSource(DeltaSource.Answer(["a"], finish: false)) { Failure = failure };
        var other = new DeltaSource(DeltaSource.Answer(["b"])) { Gates = { [1] = new TaskCompletionSource().Task } };
        string seen = "";
        Assert.Same(failure, await Assert.ThrowsAsync<ChatStreamException>(async () =>
        {
            await foreach (MergedDelta item in ChatStreams.Merge([failing, other])) seen += item.Delta!.Text;
        }));
        Assert.Equal("ab", seen);
        Assert.Equal((1, 1), (failing.Disposals, other.Disposals));
    }

    [Fact]
    public async Task DeliverFailure_delivers_it_and_continues_the_others()
    {
        var failing = new DeltaSource(DeltaSource.Answer(["a"], finish: false))
        {
            Failure = new ChatStreamException(ChatStreamError.Truncated),
        };
        var seen = new List<string>();
        await foreach (MergedDelta item in ChatStreams.Merge([failing, DeltaSource.Of("b", "c")], Deliver))
            seen.Add($"{item.SourceIndex}:{item.Delta?.Text ?? item.Exception!.Error.ToString()}");
        Assert.Equal(["0:a", "1:b", "0:Truncated", "1:c", "1:"], seen);
    }

    [Fact]
    public async Task Throws_other_exceptions_of_a_source_with_either_policy()
    {
        var failing = new DeltaSource([]) { Failure = new InvalidOperationException() };
        await Assert.ThrowsAsync<InvalidOperationException>(() => ChatStreams.CollectAllAsync([failing, DeltaSource.Of("b")], Deliver));
        await Assert.ThrowsAsync<ArgumentException>(() => ChatStreams.CollectAllAsync([null!]));
        Assert.Throws<ArgumentNullException>(() => ChatStreams.Merge(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MergeOptions { MaxConcurrency = 0 });
    }

    [Fact]
    public async Task Can_be_cancelled_by_the_token_of_the_call_or_of_a_source()
    {
        using var cancellation = new CancellationTokenSource();
        var waiting = new DeltaSource(DeltaSource.Answer(["a"])) { Gates = { [0] = new TaskCompletionSource().Task } };
        Task<IReadOnlyList<MergedAnswer>> all = ChatStreams.CollectAllAsync([waiting], null, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => all);
        Assert.Equal(1, waiting.Disposals);

        var own = new DeltaSource(DeltaSource.Answer(["a"])) { OwnToken = cancellation.Token };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ChatStreams.CollectAllAsync([own, DeltaSource.Of("b")], Deliver));
        Assert.Equal(1, own.Disposals);
    }

    [Fact]
    public async Task Leaving_the_loop_disposes_all_streams()
    {
        DeltaSource[] sources =
        [
            DeltaSource.Of("a", "b"), new DeltaSource(DeltaSource.Answer(["c"])) { Gates = { [0] = new TaskCompletionSource().Task } },
        ];
        await foreach (MergedDelta _ in ChatStreams.Merge(sources)) break;
        Assert.All(sources, source => Assert.Equal(1, source.Disposals));
    }

    [Fact]
    public async Task Collects_answers_in_the_order_of_the_sources()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = new DeltaSource(DeltaSource.Answer(["fir", "st"])) { Gates = { [0] = gate.Task } };
        var failing = new DeltaSource(DeltaSource.Answer(["half"], finish: false))
        {
            Failure = new ChatStreamException(ChatStreamError.Truncated),
        };
        Task<IReadOnlyList<MergedAnswer>> all =
            ChatStreams.CollectAllAsync([first, DeltaSource.Of("second"), failing, new DeltaSource([])], Deliver);
        gate.SetResult();
        IReadOnlyList<MergedAnswer> answers = await all;

        Assert.Equal(["first", "second", "half", ""], answers.Select(answer => answer.Answer.Text));
        Assert.Equal([true, true, false, true], answers.Select(answer => answer.Answer.IsComplete));
        Assert.Equal([0, 1, 2, 3], answers.Select(answer => answer.SourceIndex));
        Assert.Equal(ChatStreamError.Truncated, answers[2].Exception!.Error);
        Assert.Equal(7, answers[0].Answer.Usage!.OutputTokenCount);
    }
}
