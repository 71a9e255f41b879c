namespace LlmStream.Operators.Text;

/// <summary>Watches one text (a choice's answer, or its reasoning) for a loop. Each character is looked at a bounded number of times.</summary>
internal sealed class LoopDetector(LoopDetectionOptions options)
{
    private const int MinChunk = 3;

    private readonly PeriodicTail? _tail = options.MaxPeriod == 0 ? null
        : new PeriodicTail(options.MaxPeriod, options.MinRepetitions, options.MinPeriodicCharacters);

    private readonly RunningHash _hash = new();
    private string _chunk = "";
    private int _chunks;
    private (ulong Hash, int Length) _line;
    private int _lines;
    private int _end;

    /// <summary>Reads the next chunk.</summary>
    /// <returns>What is repeated, in words, or null.</returns>
    public string? Read(string text, int offset)
    {
        if (offset != _end) Clear(); // the server says something else instead
        _end = offset + text.Length;
        if (text.Length == 0) return null;
        return CountChunk(text) ?? CountLines(text) ?? (_tail?.Read(text) is > 0 and var period
            ? $"the last {period} characters have come at least {options.MinRepetitions} times, one after the other"
            : null);
    }

    private string? CountChunk(string text)
    {
        // A chunk that is not the same is found to differ early, or costs no more than its length.
        bool isSame = string.Equals(text, _chunk, StringComparison.Ordinal);
        _chunk = text;
        _chunks = isSame ? _chunks + 1 : 1;
        return options.IdenticalChunks > 0 && _chunks >= options.IdenticalChunks && text.Length >= MinChunk
            ? $"a chunk of {text.Length} characters has come {_chunks} times in a row"
            : null;
    }

    private string? CountLines(ReadOnlySpan<char> text)
    {
        if (options.IdenticalLines == 0) return null;
        foreach (char c in text)
        {
            if (c is not ('\n' or '\r'))
            {
                _hash.Add(c);
                continue;
            }

            if (!_hash.IsBlank)
            {
                _lines = _hash.Value == _line ? _lines + 1 : 1;
                _line = _hash.Value;
                if (_lines >= options.IdenticalLines) return $"a line of {_line.Length} characters has come {_lines} times in a row";
            }

            _hash.Clear();
        }

        return null;
    }

    private void Clear()
    {
        _tail?.Clear();
        _hash.Clear();
        _chunk = "";
        _chunks = _lines = 0;
        _line = default;
    }

    /// <summary>
    /// The hash of the line in hand (FNV-1a, 64 bits), so that no line need be kept. Lines that differ are taken for the
    /// same once in 10^19, and it would have to happen many times in a row.
    /// </summary>
    private sealed class RunningHash
    {
        private ulong _hash = 14695981039346656037;
        private int _length;

        public bool IsBlank { get; private set; } = true;

        public (ulong Hash, int Length) Value => (_hash, _length);

        public void Add(char c)
        {
            _hash = unchecked((_hash ^ c) * 1099511628211);
            _length++;
            if (!char.IsWhiteSpace(c)) IsBlank = false;
        }

        public void Clear()
        {
            _hash = 14695981039346656037;
            _length = 0;
            IsBlank = true;
        }
    }
}
