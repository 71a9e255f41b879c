namespace LlmStream.Compatibility;

/// <summary>Creates sets of bytes or characters to search for.</summary>
internal static class SearchValues
{
    public static SearchValues<byte> Create(ReadOnlySpan<byte> values)
    {
        bool[] isIncluded = new bool[byte.MaxValue + 1];
        foreach (byte value in values) isIncluded[value] = true;
        return new(isIncluded, others: null);
    }

    public static SearchValues<char> Create(ReadOnlySpan<char> values)
    {
        bool[] isIncluded = new bool[byte.MaxValue + 1];
        HashSet<char>? others = null;
        foreach (char value in values)
        {
            if (value < isIncluded.Length) isIncluded[value] = true;
            else (others ??= []).Add(value);
        }

        return new(isIncluded, others);
    }
}

/// <summary>A set of bytes or characters to search for, of <see cref="SearchValues"/>.</summary>
internal sealed class SearchValues<T>(bool[] isIncluded, HashSet<T>? others)
{
    /// <summary>Whether the value is included, by its number.</summary>
    public bool[] IsIncluded => isIncluded;

    /// <summary>The values above 255, or null.</summary>
    public HashSet<T>? Others => others;
}

/// <summary>Searches in spans for <see cref="SearchValues{T}"/>.</summary>
internal static class SearchValuesExtensions
{
    extension(SearchValues<char> values)
    {
        public bool Contains(char value) =>
            value < values.IsIncluded.Length ? values.IsIncluded[value] : values.Others is { } others && others.Contains(value);
    }

    extension(SearchValues<byte> values)
    {
        public bool Contains(byte value) => values.IsIncluded[value];
    }

    extension(ReadOnlySpan<byte> span)
    {
        public int IndexOfAny(SearchValues<byte> values)
        {
            bool[] isIncluded = values.IsIncluded;
            for (int i = 0; i < span.Length; i++)
            {
                if (isIncluded[span[i]]) return i;
            }

            return -1;
        }

        public int IndexOfAnyExcept(SearchValues<byte> values)
        {
            for (int i = 0; i < span.Length; i++)
            {
                if (!values.Contains(span[i])) return i;
            }

            return -1;
        }

        public bool ContainsAny(SearchValues<byte> values) => span.IndexOfAny(values) >= 0;

        public bool ContainsAnyExcept(SearchValues<byte> values) => span.IndexOfAnyExcept(values) >= 0;
    }

    extension(ReadOnlySpan<char> span)
    {
        public int IndexOfAny(SearchValues<char> values)
        {
            for (int i = 0; i < span.Length; i++)
            {
                if (values.Contains(span[i])) return i;
            }

            return -1;
        }

        public int IndexOfAnyExcept(SearchValues<char> values)
        {
            for (int i = 0; i < span.Length; i++)
            {
                if (!values.Contains(span[i])) return i;
            }

            return -1;
        }

        public bool ContainsAny(SearchValues<char> values) => span.IndexOfAny(values) >= 0;

        public bool ContainsAnyExcept(SearchValues<char> values) => span.IndexOfAnyExcept(values) >= 0;
    }
}
