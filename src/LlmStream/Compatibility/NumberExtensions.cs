using System.Globalization;
using System.Text;

namespace LlmStream.Compatibility;

/// <summary>The members of numbers that .NET Standard 2.0 lacks.</summary>
internal static class NumberExtensions
{
    extension(int)
    {
        public static bool TryParse(ReadOnlySpan<char> text, NumberStyles style, IFormatProvider? provider, out int number) =>
            int.TryParse(text.ToString(), style, provider, out number);

        public static bool TryParse(ReadOnlySpan<byte> utf8, NumberStyles style, IFormatProvider? provider, out int number) =>
            int.TryParse(Encoding.UTF8.GetString(utf8), style, provider, out number);
    }

    extension(long)
    {
        public static bool TryParse(ReadOnlySpan<char> text, NumberStyles style, IFormatProvider? provider, out long number) =>
            long.TryParse(text.ToString(), style, provider, out number);

        public static bool TryParse(ReadOnlySpan<byte> utf8, NumberStyles style, IFormatProvider? provider, out long number) =>
            long.TryParse(Encoding.UTF8.GetString(utf8), style, provider, out number);
    }

    extension(ushort)
    {
        public static bool TryParse(ReadOnlySpan<char> text, NumberStyles style, IFormatProvider? provider, out ushort number) =>
            ushort.TryParse(text.ToString(), style, provider, out number);
    }

    extension(double)
    {
        public static bool IsFinite(double value) => !double.IsNaN(value) && !double.IsInfinity(value);

        public static bool IsInteger(double value) => double.IsFinite(value) && value == Math.Truncate(value);

        public static bool TryParse(ReadOnlySpan<char> text, NumberStyles style, IFormatProvider? provider, out double number) =>
            double.TryParse(text.ToString(), style, provider, out number);

        public static bool TryParse(string? text, IFormatProvider? provider, out double number) =>
            double.TryParse(text, NumberStyles.Float | NumberStyles.AllowThousands, provider, out number);
    }

    extension(float)
    {
        public static bool IsFinite(float value) => !float.IsNaN(value) && !float.IsInfinity(value);
    }

    extension(Math)
    {
        public static int Clamp(int value, int min, int max) => Math.Max(min, Math.Min(value, max));

        public static long Clamp(long value, long min, long max) => Math.Max(min, Math.Min(value, max));

        public static double Clamp(double value, double min, double max) => Math.Max(min, Math.Min(value, max));
    }

    extension(Random)
    {
        public static Random Shared => ThreadRandom.Value!;
    }

    private static readonly ThreadLocal<Random> ThreadRandom = new(static () => new Random(Guid.NewGuid().GetHashCode()));
}
