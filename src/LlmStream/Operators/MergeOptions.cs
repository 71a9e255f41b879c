namespace LlmStream;

/// <summary>Options of <see cref="ChatStreams.Merge"/> and <see cref="ChatStreams.CollectAllAsync"/>.</summary>
public sealed record MergeOptions
{
    private readonly int _maxConcurrency = 8;

    /// <summary>How many streams are read at the same time; the next one is started when one has ended. Default: 8.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public int MaxConcurrency
    {
        get => _maxConcurrency;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            _maxConcurrency = value;
        }
    }

    /// <summary>What happens when a stream fails. Default: <see cref="MergeFailurePolicy.FailAll"/>.</summary>
    public MergeFailurePolicy FailurePolicy { get; init; }
}

/// <summary>What happens to the other streams when one of several fails.</summary>
public enum MergeFailurePolicy
{
    /// <summary>The failure is thrown, and the other streams are disposed.</summary>
    FailAll,

    /// <summary>
    /// A <see cref="ChatStreamException"/> is delivered as an item, and the other streams continue. Any other exception, and
    /// cancellation, is thrown nevertheless.
    /// </summary>
    DeliverFailure,
}
