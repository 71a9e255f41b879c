namespace LlmStream.Operators.Text;

/// <summary>Recognises a text whose end is one piece over and over.</summary>
/// <remarks>
/// The last characters stand in a ring. After every so many characters, at places that depend on the text alone and not on how it came, the ring
/// is looked through backwards by the prefix function of Knuth, Morris and Pratt: it says of each end of the text what
/// its shortest period is. That is exact, and costs about <see cref="LooksPerCharacter"/> steps for each character of the text.
/// </remarks>
internal sealed class PeriodicTail
{
    public const int LooksPerCharacter = 8;

    private readonly int _maxPeriod;
    private readonly int _minRepetitions;
    private readonly int _minLength;
    private readonly char[] _ring;
    private readonly int[] _borders;
    private readonly int _stride;
    private long _read;

    public PeriodicTail(int maxPeriod, int minRepetitions, int minLength)
    {
        _maxPeriod = maxPeriod;
        _minRepetitions = minRepetitions;
        _minLength = minLength;
        _ring = new char[Math.Max(minLength, maxPeriod * minRepetitions)];
        _borders = new int[_ring.Length + 1];
        _stride = Math.Max(1, _ring.Length / LooksPerCharacter);
    }

    /// <summary>How many steps the looking has taken.</summary>
    public long Steps { get; private set; }

    /// <summary>Reads on.</summary>
    /// <returns>The period of the loop that the text has come to, or 0.</returns>
    public int Read(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            _ring[_read++ % _ring.Length] = c;
            if (_read % _stride == 0 && _read >= _minLength && Look() is > 0 and var period) return period;
        }

        return 0;
    }

    /// <summary>Begins anew.</summary>
    public void Clear() => _read = 0;

    private int Look()
    {
        int length = (int)Math.Min(_read, _ring.Length);
        _borders[0] = -1;
        int border = -1;
        for (int end = 1; end <= length; end++)
        {
            while (border >= 0 && At(border) != At(end - 1))
            {
                border = _borders[border];
                Steps++;
            }

            _borders[end] = ++border;
            Steps++;
            int period = end - border;
            if (end >= _minLength && period <= _maxPeriod && period <= end / _minRepetitions) return period;
            // The shortest period never falls as the end of the text that is looked at grows: no longer one will do.
            if (period > _maxPeriod) return 0;
        }

        return 0;
    }

    /// <summary>The character so many before the last.</summary>
    private char At(int back) => _ring[(_read - 1 - back) % _ring.Length];
}
