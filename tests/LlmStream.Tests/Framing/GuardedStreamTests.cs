using System.Text;
using LlmStream.Framing;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Framing;

/// <summary>Peeking at the first bytes, and the sample of them.</summary>
public class GuardedStreamTests
{
    [Theory]
    [InlineData("data", 'd')]
    [InlineData("\uFEFF \t\r\n{", '{')]
    [InlineData("", -1)]
    [InlineData(" \n", -1)]
    public async Task The_first_byte_that_matters_can_be_peeked_at(string body, int expected)
    {
        foreach (ScriptedStream inner in Enum.GetValues<Delivery>().SelectMany(delivery => delivery.Of(Encoding.UTF8.GetBytes(body))))
        {
            var stream = new GuardedStream(inner);
            Assert.Equal(expected, await stream.PeekAsync(TestContext.Current.CancellationToken));
            Assert.Equal(body, await RestOf(stream));
        }
    }

    [Fact]
    public async Task Peeking_does_not_go_beyond_the_sample()
    {
        string body = new string(' ', 512) + "x";
        var stream = new GuardedStream(ScriptedStream.ByteByByte(Encoding.UTF8.GetBytes(body)));
        Assert.Equal(-1, await stream.PeekAsync(TestContext.Current.CancellationToken));
        Assert.Equal(512, stream.Sample.Length);
        Assert.Equal(body, await RestOf(stream));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(512)]
    public async Task A_number_of_bytes_can_be_waited_for(int count)
    {
        var stream = new GuardedStream(ScriptedStream.ByteByByte(new byte[600]));
        await stream.PeekAsync(count, TestContext.Current.CancellationToken);
        Assert.Equal(count, stream.Sample.Length);
        stream = new GuardedStream(ScriptedStream.ByteByByte(new byte[count - 1]));
        await stream.PeekAsync(count, TestContext.Current.CancellationToken);
        Assert.Equal(count - 1, stream.Sample.Length);
    }

    [Fact]
    public async Task The_sample_is_kept_of_what_is_read()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 300)));
        foreach (int size in new[] { 1, 100, 512, 10_000 })
        {
            var stream = new GuardedStream(new ScriptedStream(bytes, Enumerable.Repeat(size, bytes.Length)));
            Assert.True(stream.IsEmpty);
            await stream.PeekAsync(TestContext.Current.CancellationToken);
            Assert.Equal(Encoding.UTF8.GetString(bytes), await RestOf(stream));
            Assert.Equal(bytes[..512], stream.Sample.ToArray());
            Assert.False(stream.IsEmpty);
        }
    }

    [Fact]
    public async Task A_sample_that_has_not_been_read_is_not_dropped()
    {
        var stream = new GuardedStream(new MemoryStream("data: 1"u8.ToArray()));
        await stream.PeekAsync(TestContext.Current.CancellationToken);
        stream.DropSample();
        Assert.Equal("data: 1", await RestOf(stream));
    }

    [Fact]
    public async Task A_stream_without_its_sample_goes_on_and_is_not_empty()
    {
        var stream = new GuardedStream(new MemoryStream("data: 1"u8.ToArray()));
        Assert.Equal(5, await stream.ReadAsync(new byte[5], TestContext.Current.CancellationToken));
        stream.DropSample();
        Assert.Equal(0, stream.Sample.Length);
        Assert.False(stream.IsEmpty);
        Assert.Equal(" 1", await RestOf(stream));
        Assert.Equal(0, stream.Sample.Length);
        Assert.False(stream.IsEmpty);
    }

    [Fact]
    public async Task Only_reads_that_do_not_complete_at_once_are_waits()
    {
        var time = new FakeTimeProvider();
        using var watch = new ReadWatch(time, new LlmTimeoutOptions { FirstDelta = Timeout.InfiniteTimeSpan, IdleBytes = TimeSpan.FromSeconds(5) }, CancellationToken.None);
        watch.ResponseBegan();
        var inner = new PendingStream();
        var stream = new GuardedStream(inner, watch);
        inner.Complete(1);
        Assert.Equal(1, await stream.ReadAsync(new byte[10], TestContext.Current.CancellationToken));
        time.Advance(TimeSpan.FromSeconds(10)); // the consumer's time
        Assert.Equal(ExpiredBudget.None, watch.Expired);

        inner.Reset();
        ValueTask<int> read = stream.ReadAsync(new byte[10], TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(ExpiredBudget.None, watch.Expired);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ExpiredBudget.IdleBytes, watch.Expired);
        Assert.True(watch.Token.IsCancellationRequested);
        inner.Complete(2);
        Assert.Equal(2, await read);
    }

    [Fact]
    public async Task A_wait_ends_with_its_read()
    {
        var time = new FakeTimeProvider();
        using var watch = new ReadWatch(time, new LlmTimeoutOptions { FirstDelta = Timeout.InfiniteTimeSpan, IdleBytes = TimeSpan.FromSeconds(5) }, CancellationToken.None);
        watch.ResponseBegan();
        var inner = new PendingStream();
        var stream = new GuardedStream(inner, watch);
        ValueTask<int> read = stream.ReadAsync(new byte[10], TestContext.Current.CancellationToken);
        inner.Complete(1);
        Assert.Equal(1, await read);
        time.Advance(TimeSpan.FromSeconds(10)); // the consumer's time
        Assert.Equal(ExpiredBudget.None, watch.Expired);
    }

    [Fact]
    public async Task Reads_that_complete_at_once_do_not_extend_the_wait_for_a_delta()
    {
        var time = new FakeTimeProvider();
        using var watch = new ReadWatch(time, new LlmTimeoutOptions { FirstDelta = TimeSpan.FromSeconds(5) }, CancellationToken.None);
        watch.ResponseBegan();
        var stream = new GuardedStream(new MemoryStream(new byte[100]), watch);
        Assert.Equal(10, await stream.ReadAsync(new byte[10], TestContext.Current.CancellationToken));
        Assert.Equal(ExpiredBudget.None, watch.Expired);
        time.Advance(TimeSpan.FromSeconds(5));
        for (int i = 1; i < ReadWatch.ReadsPerCheck; i++)
        {
            Assert.Equal(ExpiredBudget.None, watch.Expired);
            Assert.Equal(10, await stream.ReadAsync(new byte[10], TestContext.Current.CancellationToken));
        }

        Assert.Equal(ExpiredBudget.FirstDelta, watch.Expired);
    }

    [Fact]
    public async Task After_its_end_the_inner_stream_is_not_read_again()
    {
        var inner = new LiveStream();
        inner.End();
        var stream = new GuardedStream(inner);
        Assert.Equal(-1, await stream.PeekAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, await stream.ReadAsync(new byte[10], TestContext.Current.CancellationToken));
        Assert.Equal(1, inner.Reads);
    }

    private static async Task<string> RestOf(GuardedStream stream)
    {
        byte[] bytes = new byte[2_000];
        int length = 0, count;
        while ((count = await stream.ReadAsync(bytes.AsMemory(length), TestContext.Current.CancellationToken)) > 0) length += count;
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    /// <summary>A stream whose reads complete when the test says so.</summary>
    private sealed class PendingStream : ReadOnlyStream
    {
        private TaskCompletionSource<int> _read = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Complete(int count) => _read.SetResult(count);

        public void Reset() => _read = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(_read.Task);
    }
}
