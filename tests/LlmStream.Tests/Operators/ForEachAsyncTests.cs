using System.Runtime.CompilerServices;

namespace LlmStream.Tests.Operators;

public class ForEachAsyncTests
{
    private readonly List<string> _calls = [];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Calls_onComplete_once_after_the_deltas(bool async)
    {
        await Run(Source(null), async);
        Assert.Equal(["delta a", "delta b", "disposed", "complete"], _calls);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Calls_onError_once_after_the_deltas(bool async)
    {
        await Run(Source(new ChatStreamException(ChatStreamError.Truncated)), async);
        Assert.Equal(["delta a", "delta b", "disposed", "error Truncated"], _calls);
    }

    [Fact]
    public async Task Fails_the_task_without_onError()
    {
        var exception = new ChatStreamException(ChatStreamError.Truncated);
        Assert.Same(
            exception,
            await Assert.ThrowsAsync<ChatStreamException>(
                () => Source(exception).ForEachAsync(Delta, null, () => _calls.Add("complete"))));
        Assert.Equal(["delta a", "delta b", "disposed"], _calls);
    }

    [Fact]
    public async Task Ends_without_onComplete()
    {
        await Source(null).ForEachAsync(Delta);
        Assert.Equal(["delta a", "delta b", "disposed"], _calls);
    }

    [Fact]
    public async Task Does_not_catch_exceptions_of_callbacks()
    {
        // Even a ChatStreamException: it is not a failure of the stream.
        var thrown = new ChatStreamException(ChatStreamError.Connection);
        Assert.Same(
            thrown, await Assert.ThrowsAsync<ChatStreamException>(() => Source(null).ForEachAsync(_ => throw thrown, Error, Complete)));
        Assert.Equal(["disposed"], _calls);

        _calls.Clear();
        Assert.Same(
            thrown, await Assert.ThrowsAsync<ChatStreamException>(() => Source(null).ForEachAsync(Delta, Error, () => throw thrown)));
        Assert.Equal(["delta a", "delta b", "disposed"], _calls);

        _calls.Clear();
        Assert.Same(
            thrown,
            await Assert.ThrowsAsync<ChatStreamException>(
                () => Source(new ChatStreamException(ChatStreamError.Truncated)).ForEachAsync(Delta, _ => throw thrown, Complete)));
        Assert.Equal(["delta a", "delta b", "disposed"], _calls);

        void Complete() => _calls.Add("complete");
    }

    [Fact]
    public async Task Calls_neither_after_cancellation()
    {
        using var cancellation = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Source(null).ForEachAsync(
            delta =>
            {
                Delta(delta);
                cancellation.Cancel();
            }, Error, () => _calls.Add("complete"), cancellation.Token));
        Assert.Equal(["delta a", "disposed"], _calls);
    }

    [Fact]
    public async Task Passes_other_exceptions_through()
    {
        await Assert.ThrowsAsync<FormatException>(() => Source(new FormatException()).ForEachAsync(Delta, Error));
        Assert.Equal(["delta a", "delta b", "disposed"], _calls);
    }

    [Fact]
    public async Task Awaits_each_callback_before_the_next_delta()
    {
        var gate = new TaskCompletionSource();
        Task running = Source(null).ForEachAsync(async delta =>
        {
            Delta(delta);
            await gate.Task;
        });
        Assert.Equal(["delta a"], _calls);
        gate.SetResult();
        await running;
        Assert.Equal(["delta a", "delta b", "disposed"], _calls);
    }

    [Fact]
    public async Task A_callback_that_returns_a_task_is_awaited()
    {
        var release = new TaskCompletionSource();
        Task running = Source(null).ForEachAsync(delta => WriteAsync(delta));
        Assert.False(running.IsCompleted);
        Assert.Equal(["delta a"], _calls);
        release.SetResult();
        await running;
        Assert.Equal(["delta a", "written", "delta b", "written", "disposed"], _calls);

        async Task WriteAsync(ChatDelta delta)
        {
            Delta(delta);
            await release.Task;
            _calls.Add("written");
        }
    }

    [Fact]
    public async Task A_callback_that_returns_a_value_task_is_awaited()
    {
        await Source(null).ForEachAsync(delta => WriteAsync(delta));
        Assert.Equal(["delta a", "written", "delta b", "written", "disposed"], _calls);

        async ValueTask WriteAsync(ChatDelta delta)
        {
            Delta(delta);
            await Task.Yield();
            _calls.Add("written");
        }
    }

    [Fact]
    public async Task Asynchronous_callbacks_are_awaited_beside_synchronous_ones()
    {
        var failure = new ChatStreamException(ChatStreamError.Truncated);
        await Source(failure).ForEachAsync(async delta => await WriteAsync($"delta {delta.Text}"), Error);
        await Source(failure).ForEachAsync(Delta, async error => await WriteAsync($"error {error.Error}"));
        await Source(null).ForEachAsync(Delta, async error => await WriteAsync("error"), async () => await WriteAsync("complete"));
        Assert.Equal(
            [
                "delta a", "delta b", "disposed", "error Truncated",
                "delta a", "delta b", "disposed", "error Truncated",
                "delta a", "delta b", "disposed", "complete",
            ],
            _calls);

        async Task WriteAsync(string call)
        {
            await Task.Yield();
            _calls.Add(call);
        }
    }

    [Fact]
    public void Checks_arguments_when_called()
    {
        Assert.Throws<ArgumentNullException>("source", () => { _ = ((IAsyncEnumerable<ChatDelta>)null!).ForEachAsync(Delta); });
        Assert.Throws<ArgumentNullException>("onDelta", () => { _ = Source(null).ForEachAsync((Action<ChatDelta>)null!); });
        Assert.Throws<ArgumentNullException>("onDelta", () => { _ = Source(null).ForEachAsync((Func<ChatDelta, ValueTask>)null!); });
    }

    private void Delta(ChatDelta delta) => _calls.Add($"delta {delta.Text}");

    private void Error(ChatStreamException exception) => _calls.Add($"error {exception.Error}");

    private Task Run(IAsyncEnumerable<ChatDelta> source, bool async) => async
        ? source.ForEachAsync(
            async delta =>
            {
                await Task.Yield();
                Delta(delta);
            },
            async error =>
            {
                await Task.Yield();
                Error(error);
            },
            async () =>
            {
                await Task.Yield();
                _calls.Add("complete");
            })
        : source.ForEachAsync(Delta, Error, () => _calls.Add("complete"));

    private async IAsyncEnumerable<ChatDelta> Source(
        Exception? end, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            await Task.CompletedTask;
            yield return new ChatDelta { Text = "a" };
            cancellationToken.ThrowIfCancellationRequested();
            yield return new ChatDelta { Text = "b", TextOffset = 1 };
            if (end is not null) throw end;
        }
        finally
        {
            _calls.Add("disposed");
        }
    }
}
