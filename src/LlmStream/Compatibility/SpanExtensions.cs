namespace LlmStream.Compatibility;

/// <summary>The methods of spans that the packages for .NET Standard 2.0 lack.</summary>
internal static class SpanExtensions
{
    extension(ReadOnlySpan<byte> span)
    {
        public ReadOnlySpan<byte> Trim(byte value) => span.TrimStart(value).TrimEnd(value);

        public ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> values) => span.TrimStart(values).TrimEnd(values);

        public ReadOnlySpan<byte> TrimStart(byte value)
        {
            int start = 0;
            while (start < span.Length && span[start] == value) start++;
            return span[start..];
        }

        public ReadOnlySpan<byte> TrimStart(ReadOnlySpan<byte> values)
        {
            int start = 0;
            while (start < span.Length && values.IndexOf(span[start]) >= 0) start++;
            return span[start..];
        }

        public ReadOnlySpan<byte> TrimEnd(byte value)
        {
            int end = span.Length;
            while (end > 0 && span[end - 1] == value) end--;
            return span[..end];
        }

        public ReadOnlySpan<byte> TrimEnd(ReadOnlySpan<byte> values)
        {
            int end = span.Length;
            while (end > 0 && values.IndexOf(span[end - 1]) >= 0) end--;
            return span[..end];
        }
    }

    extension<T>(ReadOnlySpan<T> span)
        where T : IEquatable<T>, IComparable<T>
    {
        public bool Contains(T value) => span.IndexOf(value) >= 0;

        public bool ContainsAny(T first, T second) => span.IndexOfAny(first, second) >= 0;

        public bool ContainsAny(T first, T second, T third) => span.IndexOfAny(first, second, third) >= 0;

        public bool ContainsAny(ReadOnlySpan<T> values) => span.IndexOfAny(values) >= 0;

        public int IndexOfAnyExcept(T value)
        {
            for (int i = 0; i < span.Length; i++)
            {
                if (!span[i].Equals(value)) return i;
            }

            return -1;
        }

        public int IndexOfAnyExcept(ReadOnlySpan<T> values)
        {
            for (int i = 0; i < span.Length; i++)
            {
                if (values.IndexOf(span[i]) < 0) return i;
            }

            return -1;
        }

        public int IndexOfAnyInRange(T low, T high)
        {
            for (int i = 0; i < span.Length; i++)
            {
                if (span[i].CompareTo(low) >= 0 && span[i].CompareTo(high) <= 0) return i;
            }

            return -1;
        }

        public int IndexOfAnyExceptInRange(T low, T high)
        {
            for (int i = 0; i < span.Length; i++)
            {
                if (span[i].CompareTo(low) < 0 || span[i].CompareTo(high) > 0) return i;
            }

            return -1;
        }

        public bool ContainsAnyInRange(T low, T high) => span.IndexOfAnyInRange(low, high) >= 0;

        public bool ContainsAnyExceptInRange(T low, T high) => span.IndexOfAnyExceptInRange(low, high) >= 0;

        public int Count(T value)
        {
            int count = 0;
            foreach (T element in span)
            {
                if (element.Equals(value)) count++;
            }

            return count;
        }

        public int CommonPrefixLength(ReadOnlySpan<T> other)
        {
            int length = Math.Min(span.Length, other.Length);
            for (int i = 0; i < length; i++)
            {
                if (!span[i].Equals(other[i])) return i;
            }

            return length;
        }
    }
}
