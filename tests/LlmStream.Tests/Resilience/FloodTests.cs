using System.Text;
using LlmStream.Tests.Fakes;

namespace LlmStream.Tests.Resilience;

/// <summary>A server that sends without pause, but nothing of the answer, does not defeat the time budgets.</summary>
public class FloodTests
{
    public static TheoryData<string> Units => ["\n", "\r\n", ": k\n\n", "data: {\"choices\":[]}\n\n", "id: 1\n", "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"];

    [Theory]
    [MemberData(nameof(Units))]
    public async Task Before_the_first_delta(string unit)
    {
        ChatStreamException failure = await FailureAsync("", unit, new LlmTimeoutOptions { FirstDelta = TimeSpan.FromSeconds(10) });
        Assert.Equal((ChatStreamError.FirstDeltaTimeout, ""), (failure.Error, failure.Partial.Text));
    }

    [Theory]
    [MemberData(nameof(Units))]
    public async Task After_a_delta(string unit)
    {
        ChatStreamException failure = await FailureAsync(StubServer.Chunk("Hello"), unit, new LlmTimeoutOptions { IdleDeltas = TimeSpan.FromSeconds(10) });
        Assert.Equal((ChatStreamError.StalledTimeout, "Hello"), (failure.Error, failure.Partial.Text));
    }

    [Theory]
    [MemberData(nameof(Units))]
    public async Task After_a_delta_with_raw_events(string unit)
    {
        ChatStreamException failure = await FailureAsync(StubServer.Chunk("Hello"), unit, new LlmTimeoutOptions { IdleDeltas = TimeSpan.FromSeconds(10) }, keepRaw: true);
        Assert.Equal((ChatStreamError.StalledTimeout, "Hello"), (failure.Error, failure.Partial.Text));
    }

    [Theory]
    [MemberData(nameof(Units))]
    public async Task With_a_total_budget(string unit)
    {
        var budgets = new LlmTimeoutOptions { IdleDeltas = Timeout.InfiniteTimeSpan, FirstDelta = Timeout.InfiniteTimeSpan, Total = TimeSpan.FromSeconds(10) };
        ChatStreamException failure = await FailureAsync(StubServer.Chunk("Hello"), unit, budgets);
        Assert.Equal((ChatStreamError.TotalTimeout, "Hello"), (failure.Error, failure.Partial.Text));
    }

    [Fact]
    public async Task A_total_budget_may_be_longer_than_a_timer_can_wait()
    {
        var time = new FakeTimeProvider();
        var stream = new LiveStream();
        LlmStreamClient client = Client(stream, time, new LlmTimeoutOptions
        {
            FirstDelta = Timeout.InfiniteTimeSpan, IdleBytes = Timeout.InfiniteTimeSpan, Total = TimeSpan.FromDays(60),
        });
        Task<ChatStreamResult> answer = client.StreamAsync("x").CollectAsync();
        await stream.WriteAndBeReadAsync(": k\n\n");
        time.Advance(TimeSpan.FromDays(59.9));
        Assert.False(answer.IsCompleted);
        time.Advance(TimeSpan.FromDays(0.1));
        Assert.Equal(ChatStreamError.TotalTimeout, (await Assert.ThrowsAsync<ChatStreamException>(() => answer)).Error);
    }

    [Theory]
    [InlineData("99999999999")]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT")]
    [InlineData("5000000")] // 58 days
    public async Task A_wait_that_is_too_long_for_a_timer_is_refused_whatever_the_options_allow(string retryAfter)
    {
        var server = new StubServer().Answers(System.Net.HttpStatusCode.ServiceUnavailable, headers: ("Retry-After", retryAfter));
        LlmStreamClient client = server.Client(options => options.Retry = new LlmRetryOptions { MaxRetryAfter = TimeSpan.MaxValue });
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => client.StreamAsync("x").CollectAsync());
        Assert.Equal((ChatStreamError.ServerError, 1), (failure.Error, failure.AttemptCount));
        Assert.True(failure.RetryAfter > TimeSpan.FromDays(50));
    }

    private static async Task<ChatStreamException> FailureAsync(string head, string unit, LlmTimeoutOptions budgets, bool keepRaw = false)
    {
        var time = new FakeTimeProvider();
        string units = string.Concat(Enumerable.Repeat(unit, 1_000));
        var stream = new FloodStream(Encoding.UTF8.GetBytes(head), Encoding.UTF8.GetBytes(units), time);
        ChatStreamException failure = await Assert.ThrowsAsync<ChatStreamException>(() => Client(stream, time, budgets, keepRaw).StreamAsync("x").CollectAsync());
        Assert.InRange(time.GetElapsedTime(0), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(21)); // closing the connection reads on
        return failure;
    }

    private static LlmStreamClient Client(Stream stream, FakeTimeProvider time, LlmTimeoutOptions budgets, bool keepRaw = false) => new StubServer().Streams(stream).Client(options =>
    {
        options.Read = new ChatReadOptions { KeepRaw = keepRaw };
        options.TimeProvider = time;
        options.Timeouts = budgets;
        options.Retry = LlmRetryOptions.Off;
    });

    /// <summary>A body whose reads always complete at once. A second passes with each 100 of them, for a minute.</summary>
    private sealed class FloodStream(byte[] head, byte[] unit, FakeTimeProvider time) : MemoryStream
    {
        private readonly MemoryStream _head = new(head);
        private int _reads;
        private int _position;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_head.Position < _head.Length) return new(_head.Read(buffer.Span));
            if (cancellationToken.IsCancellationRequested) return new(0); // the connection is being closed
            if (++_reads % 100 == 0) time.Advance(TimeSpan.FromSeconds(1));
            if (_reads == 6_000) throw new IOException("The budget was not applied.");
            int count = Math.Min(buffer.Length, unit.Length - _position);
            unit.AsMemory(_position, count).CopyTo(buffer);
            _position = (_position + count) % unit.Length;
            return new(count);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }
}
