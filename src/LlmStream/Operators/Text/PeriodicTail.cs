using System.Diagnostics;

namespace LlmStream.Operators.Text;

/// <summary>Detects a text that ends in the same string repeated over and over.</summary>
/// <remarks>
/// The last characters are kept in a ring buffer. At fixed positions of the text, which do not depend on how it is divided, the ring is
/// scanned backwards with the prefix function of Knuth, Morris and Pratt, which gives the shortest period of each suffix
/// of the text. The result is exact, and costs about <see cref="ScansPerCharacter"/> steps per character.
/// </remarks>
internal sealed class PeriodicTail
{
    /// <summary>How often each character is scanned.</summary>
    public const int ScansPerCharacter = 8;

    private readonly int _maxPeriod;
    private readonly int _minRepetitions;
    private readonly int _minLength;
    private readonly char[] _ring;
    private readonly int[] _borders;
    private readonly int _stride;
    private long _length;

    public PeriodicTail(int maxPeriod, int minRepetitions, int minLength)
    {
        _maxPeriod = maxPeriod;
        _minRepetitions = minRepetitions;
        _minLength = minLength;
        _ring = new char[Math.Max(minLength, maxPeriod * minRepetitions)];
        _borders = new int[_ring.Length + 1];
        _stride = Math.Max(1, _ring.Length / ScansPerCharacter);
    }

    /// <summary>How many steps all scans have taken.</summary>
    public long Steps { get; private set; }

    /// <summary>Reads on.</summary>
    /// <returns>The period of the repetition at the end of the text, or 0 if there is none.</returns>
    public int Read(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            _ring[_length++ % _ring.Length] = c;
            if (_length % _stride == 0 && _length >= _minLength && Scan() is > 0 and var period) return period;
        }

        return 0;
    }

    /// <summary>Starts over with an empty text.</summary>
    public void Clear() => _length = 0;

    private int Scan()
    {
        int length = (int)Math.Min(_length, _ring.Length);
        _borders[0] = -1;
        int border = -1, lastPeriod = 0;
        for (int suffix = 1; suffix <= length; suffix++)
        {
            while (border >= 0 && At(border) != At(suffix - 1))
            {
                border = _borders[border];
                Steps++;
            }

            _borders[suffix] = ++border;
            Steps++;
            int period = suffix - border;
            if (suffix >= _minLength && period <= _maxPeriod && period <= suffix / _minRepetitions) return period;
            Debug.Assert(period >= lastPeriod, "The shortest period of a longer suffix is not shorter.");
            lastPeriod = period;
            if (period > _maxPeriod) return 0; // so no longer suffix has a period that is short enough
        }

        return 0;
    }

    /// <summary>The character at this distance from the last one.</summary>
    private char At(int distance) => _ring[(_length - 1 - distance) % _ring.Length];
}
