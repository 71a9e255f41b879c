namespace LlmStream.Operators.Text;

/// <summary>Watches one text (a choice's text or its reasoning) for repetition. The work per character is constant.</summary>
internal sealed class LoopDetector(LoopDetectionOptions options)
{
    private const int MinDeltaLength = 3;

    private readonly PeriodicTail? _tail = options.MaxPeriod == 0 ? null
        : new PeriodicTail(options.MaxPeriod, options.MinRepetitions, options.MinPeriodicCharacters);

    private readonly LineHash _hash = new();
    private string _lastDelta = "";
    private int _deltaCount;
    private (ulong Hash, int Length) _lastLine;
    private int _lineCount;
    private int _end;

    /// <summary>Reads the text of the next delta.</summary>
    /// <returns>A description of the repetition, or null.</returns>
    public string? Read(string text, int offset)
    {
        if (offset != _end) Clear(); // the server rewrote the text
        _end = offset + text.Length;
        if (text.Length == 0) return null;
        return CountDelta(text) ?? CountLines(text) ?? (_tail?.Read(text) is > 0 and var period
            ? $"the last {period} characters have been repeated at least {options.MinRepetitions} times in a row"
            : null);
    }

    private string? CountDelta(string text)
    {
        bool isSame = string.Equals(text, _lastDelta, StringComparison.Ordinal);
        _lastDelta = text;
        _deltaCount = isSame ? _deltaCount + 1 : 1;
        return options.IdenticalDeltas > 0 && _deltaCount >= options.IdenticalDeltas && text.Length >= MinDeltaLength
            ? $"a delta of {text.Length} characters has arrived {_deltaCount} times in a row"
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
                _lineCount = _hash.Value == _lastLine ? _lineCount + 1 : 1;
                _lastLine = _hash.Value;
                if (_lineCount >= options.IdenticalLines)
                    return $"a line of {_lastLine.Length} characters has arrived {_lineCount} times in a row";
            }

            _hash.Clear();
        }

        return null;
    }

    private void Clear()
    {
        _tail?.Clear();
        _hash.Clear();
        _lastDelta = "";
        _deltaCount = _lineCount = 0;
        _lastLine = default;
    }

    /// <summary>
    /// The hash of the current line (FNV-1a, 64 bits), so that no line needs to be kept. Different lines have the same hash once in
    /// 10^19, and it would have to happen many times in a row.
    /// </summary>
    private sealed class LineHash
    {
        private const ulong OffsetBasis = 14695981039346656037;
        private const ulong Prime = 1099511628211;

        private ulong _hash = OffsetBasis;
        private int _length;

        public bool IsBlank { get; private set; } = true;

        public (ulong Hash, int Length) Value => (_hash, _length);

        public void Add(char c)
        {
            _hash = unchecked((_hash ^ c) * Prime);
            _length++;
            if (!char.IsWhiteSpace(c)) IsBlank = false;
        }

        public void Clear()
        {
            _hash = OffsetBasis;
            _length = 0;
            IsBlank = true;
        }
    }
}
