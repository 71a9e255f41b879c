using LlmStream.Operators.Sources;

namespace LlmStream.Tests.Operators.Sources;

public class SourceEnumeratorTests
{
    [Fact]
    public async Task A_failure_ends_it_and_is_thrown_on_request()
    {
        var failure = new ChatStreamException(ChatStreamError.Truncated);
        var source = new DeltaSource(DeltaSource.Answer(["a"], finish: false)) { Failure = failure };
        await using (var reader = new SourceEnumerator(source, CancellationToken.None))
        {
            Assert.True(await reader.MoveNextAsync());
            Assert.Equal("a", reader.Current.Text);
            reader.ThrowIfFailed();
            Assert.False(await reader.MoveNextAsync());
            Assert.True(reader.HasFailed);
            Assert.Same(failure, Assert.Throws<ChatStreamException>(reader.ThrowIfFailed));
        }

        Assert.Equal(1, source.Disposals);
    }

    [Fact]
    public async Task Cancellation_is_thrown_at_once()
    {
        using var cancellation = new CancellationTokenSource();
        await using var reader = new SourceEnumerator(DeltaSource.Of("a", "b"), cancellation.Token);
        Assert.True(await reader.MoveNextAsync());
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reader.MoveNextAsync());
        Assert.False(reader.HasFailed);
    }
}
