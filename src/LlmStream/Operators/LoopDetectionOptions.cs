namespace LlmStream;

/// <summary>When an answer counts as repeating itself without end. The defaults are wide: a table's rule or a poem's refrain is none.</summary>
public sealed record LoopDetectionOptions
{
    private readonly int _identicalChunks = 100;
    private readonly int _identicalLines = 30;
    private readonly int _maxPeriod = 1000;
    private readonly int _minRepetitions = 6;
    private readonly int _minPeriodicCharacters = 1000;

    /// <summary>
    /// How many chunks in a row that bring the same text are a loop; chunks of fewer than 3 characters do not count. 0 for never. Default: 100.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int IdenticalChunks { get => _identicalChunks; init => _identicalChunks = NotNegative(value); }

    /// <summary>How many lines in a row that are the same are a loop; blank lines do not count. 0 for never. Default: 30.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int IdenticalLines { get => _identicalLines; init => _identicalLines = NotNegative(value); }

    /// <summary>
    /// The longest piece, in UTF-16 code units, whose repetition at the end of the text is looked for. 0 for none. Default: 1000. Memory is 6 bytes for each
    /// times <see cref="MinRepetitions"/>.
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

    /// <summary>How often a piece must stand at the end of the text, one after the other, to be a loop. Default: 6.</summary>
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

    /// <summary>How long the repetitions must be together, in UTF-16 code units, so that a line of dashes is none. Default: 1000.</summary>
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
