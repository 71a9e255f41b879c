using LlmStream.Operators.Sources;

namespace LlmStream.Tests.Operators.Sources;

public class LookaheadSourceTests
{
    [Fact]
    public async Task Requests_one_delta_at_a_time()
    {
        DeltaSource source = DeltaSource.Of("a", "b");
        await using var reader = new LookaheadSource(source, CancellationToken.None);
        Assert.Equal(0, source.Moves);
        Assert.Same(reader.WaitToReadAsync(), reader.WaitToReadAsync());
        Assert.True(await reader.WaitToReadAsync());
        Assert.Equal(1, source.Moves);
        Assert.Equal("a", reader.Read().Text);
        Assert.Equal(1, source.Moves);
        Assert.True(await reader.WaitToReadAsync());
        Assert.Equal("b", reader.Read().Text);
    }

    [Fact]
    public async Task A_failure_ends_it_and_is_thrown_on_request()
    {
        var failure = new ChatStreamException(ChatStreamError.Truncated);
        await using var reader = new LookaheadSource(new DeltaSource([]) { Failure = failure }, CancellationToken.None);
        Assert.False(await reader.WaitToReadAsync());
        Assert.Same(failure, Assert.Throws<ChatStreamException>(reader.ThrowIfFailed));
    }

    [Fact]
    public async Task Disposal_stops_a_request_that_is_waiting()
    {
        var source = new DeltaSource(DeltaSource.Answer(["a"])) { Gates = { [0] = new TaskCompletionSource().Task } };
        Task<bool> next;
        await using (var reader = new LookaheadSource(source, CancellationToken.None))
        {
            next = reader.WaitToReadAsync();
            Assert.False(next.IsCompleted);
        }

        Assert.Equal(1, source.Disposals);
        Assert.False(await next);
    }
}
