namespace LlmStream;

/// <summary>How several streams are read at once.</summary>
public sealed record MergeOptions
{
    private readonly int _maxConcurrency = 8;

    /// <summary>How many streams are read at the same time; the next one is begun when one has ended. Default: 8.</summary>
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

    /// <summary>What happens when one of the streams fails. Default: <see cref="MergeFailurePolicy.FailAll"/>.</summary>
    public MergeFailurePolicy OnFailure { get; init; }
}

/// <summary>What happens to the others when one of several streams fails.</summary>
public enum MergeFailurePolicy
{
    /// <summary>The failure is thrown, and the other streams are closed.</summary>
    FailAll,

    /// <summary>
    /// A <see cref="ChatStreamException"/> is delivered as an item, and the other streams go on. Any other exception, and cancellation, is
    /// thrown all the same.
    /// </summary>
    DeliverFailure,
}

/// <summary>What one of several streams said, or how it failed. Immutable.</summary>
public sealed record MergedDelta
{
    /// <summary>Which stream it was: its place among the sources, from 0.</summary>
    public required int SourceIndex { get; init; }

    /// <summary>What it said, or <see langword="null"/> where it failed.</summary>
    public ChatDelta? Delta { get; init; }

    /// <summary>How it failed; set only under <see cref="MergeFailurePolicy.DeliverFailure"/>. Nothing of this stream follows.</summary>
    public ChatStreamException? Failure { get; init; }
}

/// <summary>The whole answer of one of several streams. Immutable.</summary>
public sealed record MergedAnswer
{
    /// <summary>Which stream it was: its place among the sources, from 0.</summary>
    public required int SourceIndex { get; init; }

    /// <summary>The answer, or what had arrived of it where the stream failed (<see cref="ChatStreamResult.IsComplete"/> is false).</summary>
    public required ChatStreamResult Answer { get; init; }

    /// <summary>How it failed; set only under <see cref="MergeFailurePolicy.DeliverFailure"/>.</summary>
    public ChatStreamException? Failure { get; init; }
}
