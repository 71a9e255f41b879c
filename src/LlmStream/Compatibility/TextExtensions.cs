using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace LlmStream.Compatibility;

/// <summary>The members of strings and characters that .NET Standard 2.0 lacks.</summary>
internal static class TextExtensions
{
    extension(string text)
    {
        public bool Contains(char value) => text.IndexOf(value) >= 0;

        public bool Contains(char value, StringComparison comparison) => text.IndexOf(value, comparison) >= 0;

        public bool Contains(string value, StringComparison comparison) => text.IndexOf(value, comparison) >= 0;

        public bool StartsWith(char value) => text.Length > 0 && text[0] == value;

        public bool EndsWith(char value) => text.Length > 0 && text[^1] == value;

        public int IndexOf(char value, StringComparison comparison) =>
            comparison == StringComparison.Ordinal ? text.IndexOf(value) : text.IndexOf(value.ToString(), comparison);

        public string Replace(string oldValue, string? newValue, StringComparison comparison)
        {
            Debug.Assert(comparison == StringComparison.Ordinal, "Nothing else is used");
            return text.Replace(oldValue, newValue);
        }

        public string[] Split(char separator, StringSplitOptions options) => text.Split([separator], options);

        public string[] Split(char separator, int count) => text.Split([separator], count);

        public string[] Split(char separator, int count, StringSplitOptions options) => text.Split([separator], count, options);

        public ReadOnlySpan<char> AsSpan(Range range) => text.AsSpan()[range];

        public static string Concat(ReadOnlySpan<char> first, ReadOnlySpan<char> second) => first.ToString() + second.ToString();

        public static string Concat(ReadOnlySpan<char> first, ReadOnlySpan<char> second, ReadOnlySpan<char> third) =>
            first.ToString() + second.ToString() + third.ToString();

        public static string Create(IFormatProvider? provider, FormattableString value) => value.ToString(provider);

        public static string Join(char separator, params string?[] values) => string.Join(separator.ToString(), values);

        public static string Join<T>(char separator, IEnumerable<T> values) => string.Join(separator.ToString(), values);
    }

    extension(char)
    {
        public static bool IsAsciiDigit(char c) => c is >= '0' and <= '9';

        public static bool IsAsciiLetter(char c) => (char)(c | 0x20) is >= 'a' and <= 'z';

        public static bool IsAsciiLetterLower(char c) => c is >= 'a' and <= 'z';

        public static bool IsAsciiLetterUpper(char c) => c is >= 'A' and <= 'Z';

        public static bool IsAsciiLetterOrDigit(char c) => char.IsAsciiLetter(c) || char.IsAsciiDigit(c);

        public static bool IsAsciiHexDigit(char c) => char.IsAsciiDigit(c) || (char)(c | 0x20) is >= 'a' and <= 'f';

        public static bool IsAscii(char c) => c < 0x80;

        public static bool IsBetween(char c, char minInclusive, char maxInclusive) => c >= minInclusive && c <= maxInclusive;
    }

    extension(StringBuilder builder)
    {
        public StringBuilder Append(ReadOnlySpan<char> value) => builder.Append(value.ToString());

        public void CopyTo(int sourceIndex, Span<char> destination, int count)
        {
            for (int i = 0; i < count; i++) destination[i] = builder[sourceIndex + i];
        }
    }

    extension(StringInfo)
    {
        public static int GetNextTextElementLength(ReadOnlySpan<char> text) =>
            text.IsEmpty ? 0 : StringInfo.GetNextTextElement(text.ToString()).Length;
    }
}
