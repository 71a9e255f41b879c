namespace LlmStream;

/// <summary>A value made of JSON text of which more may come. Immutable.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
public sealed record JsonSnapshot<T>
{
    /// <summary>
    /// The value, as far as it is known. What has not come has its default. A string at the end of the text may be cut; numbers,
    /// <c>true</c>, <c>false</c> and <c>null</c> are there when they are whole.
    /// </summary>
    public required T? Value { get; init; }

    /// <summary>Whether the JSON text is whole.</summary>
    public bool IsComplete { get; init; }
}

/// <summary>Where the JSON text is, and how often a value is made of it.</summary>
public sealed record PartialJsonOptions
{
    private readonly int _choiceIndex;
    private readonly int? _toolCallIndex;
    private readonly double _snapshotGrowth = 0.02;

    /// <summary>The choice, from 0. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int ChoiceIndex
    {
        get => _choiceIndex;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _choiceIndex = value;
        }
    }

    /// <summary>
    /// The tool call whose arguments are the JSON text, by <see cref="ToolCallDelta.Index"/>; or <see langword="null"/> for the text of the answer. Default:
    /// <see langword="null"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int? ToolCallIndex
    {
        get => _toolCallIndex;
        init
        {
            if (value is not null) ArgumentOutOfRangeException.ThrowIfNegative(value.Value, nameof(value));
            _toolCallIndex = value;
        }
    }

    /// <summary>
    /// By how much the text must have grown since the last snapshot before there is another, as a share of its length then. Default: 0.02: one a delta
    /// up to 50 characters, then one for each 2 percent more, 50 times the work of deserializing the whole once. 0 is one for each delta
    /// that says more; that work grows as the square of the text.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public double SnapshotGrowth
    {
        get => _snapshotGrowth;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _snapshotGrowth = value;
        }
    }
}
