namespace LlmStream.AspNetCore.Tests.Kept;

/// <summary>A client that reads an answer event by event. The answer goes on only when the client needs more of it.</summary>
/// <param name="posting">The request.</param>
/// <param name="answer">The answer.</param>
/// <param name="counts">How many events there are after each delta.</param>
internal sealed class SteppedReader(Task<HttpResponseMessage> posting, SteppedAnswer answer, IReadOnlyList<int> counts) : IAsyncDisposable
{
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    private IAsyncEnumerator<SentEvent>? _reader;

    /// <summary>What it has read.</summary>
    public List<SentEvent> Got { get; } = [];

    /// <summary>How many deltas the answer was permitted to have.</summary>
    public int Deltas { get; private set; }

    /// <summary>The response, when its headers are there.</summary>
    public Task<HttpResponseMessage> Response => posting.WaitAsync(Bound);

    /// <summary>Reads until it has a number of events.</summary>
    public async Task ReadAsync(int count)
    {
        await answer.Started.WaitAsync(Bound);
        while (Deltas < counts.Count && Got.Count < count)
        {
            answer.Permit();
            int available = Math.Min(count, counts[Deltas++]);
            if (available == Got.Count) continue;
            _reader ??= (await Response).EnumerateEventsAsync().GetAsyncEnumerator();
            while (Got.Count < available)
            {
                Assert.True(await _reader.MoveNextAsync().AsTask().WaitAsync(Bound));
                Got.Add(_reader.Current);
            }
        }
    }

    /// <summary>Reads to the end. The answer goes on only as far as the caller permits.</summary>
    /// <returns>All events.</returns>
    public async Task<List<SentEvent>> ReadToEndAsync()
    {
        _reader ??= (await Response).EnumerateEventsAsync().GetAsyncEnumerator();
        while (await _reader.MoveNextAsync().AsTask().WaitAsync(Bound)) Got.Add(_reader.Current);
        return Got;
    }

    /// <summary>Closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_reader is null) return;
        await _reader.DisposeAsync();
        (await posting).Dispose();
    }
}
