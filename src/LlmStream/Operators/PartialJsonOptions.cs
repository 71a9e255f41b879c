namespace LlmStream;

/// <summary>
/// Options of <see cref="ChatStreamExtensions.PartialJson{T}"/>: where the JSON text is, and how often it is deserialized.
/// </summary>
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
    /// The tool call whose arguments are the JSON text, by <see cref="ToolCallDelta.Index"/>; or <see langword="null"/> for the text of
    /// the answer. Default: <see langword="null"/>.
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
    /// By how much the text must have grown since the last snapshot before there is another, as a fraction of its length then.
    /// Default: 0.02, which is one snapshot per delta up to 50 characters, then one for each 2 percent, and costs 50 times as much as
    /// deserializing the whole once. 0 is one snapshot for each delta with new content; that work grows with the square of the text.
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
