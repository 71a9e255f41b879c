namespace LlmStream;

/// <summary>
/// When an answer counts as repeating itself. The defaults are generous: the rule of a table or the refrain of a poem is not a loop.
/// </summary>
public sealed record LoopDetectionOptions
{
    private readonly int _identicalDeltas = 100;
    private readonly int _identicalLines = 30;
    private readonly int _maxPeriod = 1000;
    private readonly int _minRepetitions = 6;
    private readonly int _minPeriodicCharacters = 1000;

    /// <summary>
    /// How many consecutive deltas with the same text are a loop; deltas of fewer than 3 characters do not count. 0 turns this off.
    /// Default: 100.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int IdenticalDeltas { get => _identicalDeltas; init => _identicalDeltas = NotNegative(value); }

    /// <summary>How many consecutive equal lines are a loop; blank lines do not count. 0 turns this off. Default: 30.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int IdenticalLines { get => _identicalLines; init => _identicalLines = NotNegative(value); }

    /// <summary>
    /// The maximum length, in UTF-16 code units, of the string whose repetition at the end of the text is detected. 0 turns this off.
    /// Default: 1000. Memory is 6 bytes for each, times <see cref="MinRepetitions"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, or greater than 10,000.</exception>
    public int MaxPeriod
    {
        get => _maxPeriod;
        init
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 10_000);
            _maxPeriod = NotNegative(value);
        }
    }

    /// <summary>How many times in a row the string must occur at the end of the text to be a loop. Default: 6.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 2, or greater than 100.</exception>
    public int MinRepetitions
    {
        get => _minRepetitions;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 2);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 100);
            _minRepetitions = value;
        }
    }

    /// <summary>
    /// The minimum length of all repetitions together, in UTF-16 code units, so that a line of dashes is not a loop. Default: 1000.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or greater than 1,000,000.</exception>
    public int MinPeriodicCharacters
    {
        get => _minPeriodicCharacters;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1_000_000);
            _minPeriodicCharacters = value;
        }
    }

    private static int NotNegative(int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        return value;
    }
}
