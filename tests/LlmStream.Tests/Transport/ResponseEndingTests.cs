using LlmStream.Tests.Fakes;
using LlmStream.Transport;

namespace LlmStream.Tests.Transport;

/// <summary>How a response is disposed of: drained if its answer is complete, closed if not.</summary>
public class ResponseEndingTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly HttpResponseMessage _response = new() { Content = new TrackedContent() };

    [Fact]
    public void A_timer_that_elapses_while_it_is_disposed_of_does_no_harm()
    {
        var time = new FakeTimeProvider();
        using var cancellation = new CancellationTokenSource();
        CancellationToken token = cancellation.Token;
        using ITimer timer = ResponseEnding.CancelAfter(TimeSpan.FromSeconds(2), cancellation, time);
        cancellation.Dispose();
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.False(token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_body_that_has_ended_is_disposed_of_without_waiting()
    {
        var body = new Body(pieces: 0) { Ends = true };
        await ResponseEnding.EndAsync(_response, body, isComplete: true, _time);

        Assert.True(body.IsDisposed);
        Assert.True(IsResponseDisposed);
        Assert.Empty(_time.Delays);
        Assert.Equal(0, body.Cancelled);
    }

    [Fact]
    public async Task What_is_left_of_a_complete_body_is_drained_in_the_background()
    {
        var body = new Body(pieces: 3);
        ValueTask ending = ResponseEnding.EndAsync(_response, body, isComplete: true, _time);

        Assert.True(ending.IsCompletedSuccessfully); // the caller does not wait for the end of the body
        Assert.False(body.IsDisposed);
        Assert.Equal(TimeSpan.FromSeconds(1), Assert.Single(_time.Delays));

        body.EndNow();
        await body.Disposed;
        Assert.Equal(0, body.Cancelled);
        await _time.NoTimersAsync();
    }

    [Fact]
    public async Task A_complete_body_that_does_not_end_in_time_is_closed()
    {
        var body = new Body(pieces: 0);
        await ResponseEnding.EndAsync(_response, body, isComplete: true, _time);

        _time.Advance(TimeSpan.FromSeconds(0.999));
        Assert.False(body.IsDisposed);
        _time.Advance(TimeSpan.FromSeconds(0.001));
        await body.Disposed;
        Assert.True(body.Cancelled > 0);
    }

    [Fact]
    public async Task An_incomplete_body_is_closed_by_cancelling_a_read_that_waits()
    {
        var body = new Body(pieces: 2);
        await ResponseEnding.EndAsync(_response, body, isComplete: false, _time);

        Assert.True(body.IsDisposed);
        Assert.True(IsResponseDisposed);
        Assert.Equal((3, 1), (body.Reads, body.Cancelled)); // two reads returned received bytes, the third waited
        Assert.Equal(0, body.CancelledBeforeRead);
    }

    [Fact]
    public async Task An_incomplete_body_that_has_ended_is_disposed_of()
    {
        var body = new Body(pieces: 1) { Ends = true };
        await ResponseEnding.EndAsync(_response, body, isComplete: false, _time);

        Assert.Equal((2, 0, true), (body.Reads, body.Cancelled, body.IsDisposed));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Closing_and_draining_stop_after_1024_reads(bool isComplete)
    {
        var body = new Body(pieces: int.MaxValue);
        await ResponseEnding.EndAsync(_response, body, isComplete, _time);

        Assert.Equal(isComplete ? 2048 : 1024, body.Reads); // draining gives up and closes
        Assert.True(body.IsDisposed);
    }

    public static TheoryData<Exception> Failures =>
        [new IOException(), new HttpRequestException(), new ObjectDisposedException("body"), new InvalidOperationException(), new OperationCanceledException()];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failure_of_the_body_is_not_an_error(Exception failure)
    {
        foreach (bool isComplete in (bool[])[false, true])
        {
            var body = new Body(pieces: 1) { Failure = failure };
            using var response = new HttpResponseMessage();
            await ResponseEnding.EndAsync(response, body, isComplete, _time);
            Assert.True(body.IsDisposed);
        }
    }

    private bool IsResponseDisposed => ((TrackedContent)_response.Content).IsDisposed;

    private sealed class TrackedContent() : ByteArrayContent([])
    {
        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }

    /// <summary>A body of which some pieces have been received, and which then ends, fails, or waits until the read is cancelled.</summary>
    private sealed class Body(int pieces) : MemoryStream
    {
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = pieces;

        public bool Ends { get; init; }

        public Exception? Failure { get; init; }

        public int Reads { get; private set; }

        public int Cancelled { get; private set; }

        public int CancelledBeforeRead { get; private set; }

        public Task Disposed => _disposed.Task;

        public bool IsDisposed => _disposed.Task.IsCompleted;

        public void EndNow() => _end.SetResult();

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reads++;
            if (cancellationToken.IsCancellationRequested) CancelledBeforeRead++;
            if (_left > 0)
            {
                _left--;
                return new(1);
            }

            if (Failure is not null) return ValueTask.FromException<int>(Failure);
            return Ends ? new(0) : WaitAsync(cancellationToken);
        }

        protected override void Dispose(bool disposing)
        {
            _disposed.TrySetResult();
            base.Dispose(disposing);
        }

        private async ValueTask<int> WaitAsync(CancellationToken cancellationToken)
        {
            try
            {
                await _end.Task.WaitAsync(cancellationToken);
                return 0;
            }
            catch (OperationCanceledException)
            {
                Cancelled++;
                throw;
            }
        }
    }
}
