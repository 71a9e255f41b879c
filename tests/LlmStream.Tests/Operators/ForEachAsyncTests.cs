namespace LlmStream.Tests.Operators;

public class ForEachAsyncTests
{
    private readonly List<string> _calls = [];

    private Task RunAsync(DeltaSource source, CancellationToken cancellationToken = default) => source.ForEachAsync(
        delta => _calls.Add(delta.Text), error => _calls.Add(error.Error.ToString()), complete => _calls.Add(complete ? "complete" : "incomplete"), cancellationToken);

    /// <summary>Seed 001's <c>fetchSSE({ success, fail, complete })</c>.</summary>
    [Fact]
    public async Task Seed_001_success_and_complete()
    {
        await RunAsync(DeltaSource.Of("我是", "通义千问"));
        Assert.Equal(["我是", "通义千问", "", "complete"], _calls);
    }

    [Fact]
    public async Task Seed_001_fail_and_complete()
    {
        var source = new DeltaSource(DeltaSource.Answer(["我是"], finish: false)) { Failure = new ChatStreamException(ChatStreamError.Truncated) };
        await RunAsync(source);
        Assert.Equal(["我是", "Truncated", "incomplete"], _calls);
        Assert.Equal(1, source.Disposals);
    }

    [Fact]
    public async Task Without_a_callback_for_it_a_failure_is_thrown()
    {
        var source = new DeltaSource([]) { Failure = new ChatStreamException(ChatStreamError.Truncated) };
        await Assert.ThrowsAsync<ChatStreamException>(() => source.ForEachAsync(_ => { }, onComplete: complete => _calls.Add($"{complete}")));
        Assert.Equal(["False"], _calls);
    }

    [Fact]
    public async Task What_a_callback_throws_is_no_error_of_the_stream()
    {
        var source = DeltaSource.Of("a", "b");
        var thrown = new ChatStreamException(ChatStreamError.Connection);
        Assert.Same(thrown, await Assert.ThrowsAsync<ChatStreamException>(() => source.ForEachAsync(_ => throw thrown, _ => Assert.Fail(), complete => _calls.Add($"{complete}"))));
        Assert.Equal(["False"], _calls);
        Assert.Equal((1, 1), (source.Moves, source.Disposals));
    }

    [Fact]
    public async Task It_is_cancelled_by_either_token()
    {
        using var cancellation = new CancellationTokenSource();
        var waiting = new DeltaSource(DeltaSource.Answer(["a"])) { Gates = { [1] = new TaskCompletionSource().Task } };
        Task run = RunAsync(waiting, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Equal(["a", "incomplete"], _calls);
        Assert.Equal(1, waiting.Disposals);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RunAsync(new DeltaSource([]) { OwnToken = cancellation.Token }));
        await Assert.ThrowsAsync<ArgumentNullException>(() => DeltaSource.Of("a").ForEachAsync(null!));
    }
}
