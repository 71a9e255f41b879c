using LlmStream.Chat;
using LlmStream.Relay.Reading;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Production;

/// <summary>Reads the source of an answer into a buffer, until it ends or is stopped.</summary>
internal sealed class AnswerSource : IDisposable
{
    private readonly object _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<CancellationToken, IAsyncEnumerable<ChatDelta>> _answer;
    private readonly DeltaBuffer _buffer;
    private readonly AsyncSignal _wake;
    private readonly int _maxBytes;
    private readonly ChatStreamResult _earlier;
    private readonly AnswerCollector _collector;
    private Task _reading = Task.CompletedTask;

    /// <summary>Prepares to read an answer.</summary>
    /// <param name="answer">Returns the deltas.</param>
    /// <param name="earlier">The part of the answer that an earlier producer has appended.</param>
    /// <param name="buffer">Where to put the deltas.</param>
    /// <param name="wake">Set when there is a delta, and at the end.</param>
    /// <param name="maxBytes">How many bytes to buffer.</param>
    public AnswerSource(
        Func<CancellationToken, IAsyncEnumerable<ChatDelta>> answer,
        ChatStreamResult earlier,
        DeltaBuffer buffer,
        AsyncSignal wake,
        int maxBytes)
    {
        _answer = answer;
        _earlier = earlier;
        _buffer = buffer;
        _wake = wake;
        _maxBytes = maxBytes;
        _collector = new AnswerCollector(earlier);
    }

    /// <summary>Called with the deltas before they are read; or null.</summary>
    public Func<IAsyncEnumerable<ChatDelta>, Task>? Starting { get; init; }

    /// <summary>Whether the source has ended. Then nothing more is added to the buffer.</summary>
    public bool HasEnded => _reading.IsCompleted;

    /// <summary>Whether the source was cancelled by this object.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>
    /// Whether the source has ended normally before it was cancelled. One that ends normally afterwards may have done so because of that:
    /// its answer may be truncated.
    /// </summary>
    public bool IsComplete { get; private set; }

    /// <summary>Why the source ended: null for a normal end.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The answer so far.</summary>
    /// <param name="isComplete">Whether it is complete.</param>
    public ChatStreamResult GetAnswer(bool isComplete)
    {
        ChatStreamResult? partial = (Failure as ChatStreamException)?.Partial ?? (Failure as ChatStreamCanceledException)?.Partial;
        lock (_lock)
        {
            ChatStreamResult answer = _collector.ToResult(isComplete);
            // A source that was cut off may know more about its attempts than its deltas say.
            if (partial is { Attempts.Count: > 0 }) return answer.With(partial.Attempts);
            IReadOnlyList<ChatAttempt> attempts = answer.Attempts;
            if (attempts.Count > 0 && partial?.Usage is { } usage)
                attempts = [.. attempts.SkipLast(1), attempts[^1] with { Usage = usage }];
            if (_earlier.Attempts.Count == 0)
                return attempts.Count > 0 ? answer.With(attempts) : WithUsage(answer, partial?.Usage ?? _earlier.Usage);
            ChatStreamError? reason = attempts.Count > 0 ? ChatStreamError.Truncated : null;
            // Attempts that were cancelled did not deliver anything that could be lost.
            ChatAttempt lost = _earlier.Attempts.LastOrDefault(attempt => !attempt.IsCanceled) ?? _earlier.Attempts[^1];
            IEnumerable<ChatAttempt> earlier = _earlier.Attempts.Select(
                attempt => attempt == lost ? lost with { Error = lost.Error ?? reason } : attempt);
            // A client that continues an answer lists the earlier attempts too, and knows what they cost.
            HashSet<int> known = [.. attempts.Select(attempt => attempt.Number)];
            return answer.With([.. earlier.Where(attempt => !known.Contains(attempt.Number)), .. attempts]);
        }
    }

    public void Start()
    {
        _reading = Task.Run(ReadAsync);
        _ = _reading.ContinueWith(
            static (_, wake) => ((AsyncSignal)wake!).Set(),
            _wake,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Cancels the source, and waits until it has ended, but not longer than a time.</summary>
    /// <returns>Whether it has ended.</returns>
    public async ValueTask<bool> StopAsync(TimeSpan timeout, TimeProvider time)
    {
        bool isFirst = !IsStopped;
        IsStopped = true;
        if (!isFirst) return _reading.IsCompleted; // the time has passed
        await _stop.CancelAsync().ConfigureAwait(false);
        Task ended = _reading;
        if (!ended.IsCompleted)
            await ended.WaitAsync(timeout, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _buffer.Close();
        return ended.IsCompleted;
    }

    public void Dispose()
    {
        _buffer.Close();
        _stop.Dispose();
    }

    private static ChatStreamResult WithUsage(ChatStreamResult answer, UsageDetails? usage) =>
        answer.Usage is not null || usage is null ? answer : answer.With(usage);

    private async Task ReadAsync()
    {
        CancellationToken stopped = _stop.Token;
        try
        {
            IAsyncEnumerable<ChatDelta> deltas = _answer(stopped);
            if (Starting is not null) await Starting(deltas).ConfigureAwait(false);
            await foreach (ChatDelta delta in deltas.WithCancellation(stopped).ConfigureAwait(false))
            {
                if (!_buffer.Add(delta)) return;
                lock (_lock) _collector.Add(delta);
                _wake.Set();
                while (_buffer.Bytes >= _maxBytes) await _buffer.WaitForRoomAsync(stopped).ConfigureAwait(false);
            }

            IsComplete = !stopped.IsCancellationRequested;
        }
        catch (Exception exception)
        {
            Failure = exception;
        }
    }
}
