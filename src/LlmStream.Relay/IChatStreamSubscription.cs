namespace LlmStream.Relay;

/// <summary>A subscription to the changes of a stream. Used by one caller at a time; disposing of it releases everything.</summary>
public interface IChatStreamSubscription : IAsyncDisposable
{
    /// <summary>
    /// Waits for the next change. A change between two calls is remembered, so that the second call returns at once.
    /// </summary>
    /// <param name="cancellationToken">Cancels waiting.</param>
    /// <returns>A task that ends with the next change. At most one may be pending.</returns>
    Task WaitAsync(CancellationToken cancellationToken = default);
}

/// <summary>The changes of a stream that can be subscribed to.</summary>
[Flags]
public enum ChatStreamSignals
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Records were appended, the stream ended or expired, or its producer changed. For readers.</summary>
    Records = 1,

    /// <summary>A stop was requested. For the producer.</summary>
    Stop = 2,
}
