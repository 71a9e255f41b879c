using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace LlmStream.Compatibility;

/// <summary>The checks of arguments, with the messages that .NET has.</summary>
internal static class ArgumentChecks
{
    extension(ArgumentNullException)
    {
        public static void ThrowIfNull([NotNull] object? argument, [CallerArgumentExpression(nameof(argument))] string? paramName = null)
        {
            if (argument is null) throw new ArgumentNullException(paramName);
        }
    }

    extension(ArgumentException)
    {
        public static void ThrowIfNullOrEmpty(
            [NotNull] string? argument, [CallerArgumentExpression(nameof(argument))] string? paramName = null)
        {
            ArgumentNullException.ThrowIfNull(argument, paramName);
            if (argument.Length == 0) throw new ArgumentException("The value cannot be an empty string.", paramName);
        }

        public static void ThrowIfNullOrWhiteSpace(
            [NotNull] string? argument, [CallerArgumentExpression(nameof(argument))] string? paramName = null)
        {
            ArgumentNullException.ThrowIfNull(argument, paramName);
            if (string.IsNullOrWhiteSpace(argument))
                throw new ArgumentException("The value cannot be an empty string or composed entirely of whitespace.", paramName);
        }
    }

    extension(ArgumentOutOfRangeException)
    {
        public static void ThrowIfNegative<T>(T value, [CallerArgumentExpression(nameof(value))] string? paramName = null)
            where T : struct, IComparable<T> => ThrowIf(value.CompareTo(default) < 0, value, "a non-negative value", paramName);

        public static void ThrowIfNegativeOrZero<T>(T value, [CallerArgumentExpression(nameof(value))] string? paramName = null)
            where T : struct, IComparable<T> =>
            ThrowIf(value.CompareTo(default) <= 0, value, "a non-negative and non-zero value", paramName);

        public static void ThrowIfZero<T>(T value, [CallerArgumentExpression(nameof(value))] string? paramName = null)
            where T : struct, IComparable<T> => ThrowIf(value.CompareTo(default) == 0, value, "a non-zero value", paramName);

        public static void ThrowIfNotEqual<T>(T value, T other, [CallerArgumentExpression(nameof(value))] string? paramName = null)
            where T : IEquatable<T> => ThrowIf(!value.Equals(other), value, $"equal to '{other}'", paramName);

        public static void ThrowIfLessThan<T>(T value, T other, [CallerArgumentExpression(nameof(value))] string? paramName = null)
            where T : IComparable<T> => ThrowIf(value.CompareTo(other) < 0, value, $"greater than or equal to '{other}'", paramName);

        public static void ThrowIfLessThanOrEqual<T>(T value, T other, [CallerArgumentExpression(nameof(value))] string? paramName = null)
            where T : IComparable<T> => ThrowIf(value.CompareTo(other) <= 0, value, $"greater than '{other}'", paramName);

        public static void ThrowIfGreaterThan<T>(T value, T other, [CallerArgumentExpression(nameof(value))] string? paramName = null)
            where T : IComparable<T> => ThrowIf(value.CompareTo(other) > 0, value, $"less than or equal to '{other}'", paramName);

        public static void ThrowIfGreaterThanOrEqual<T>(
            T value, T other, [CallerArgumentExpression(nameof(value))] string? paramName = null)
            where T : IComparable<T> => ThrowIf(value.CompareTo(other) >= 0, value, $"less than '{other}'", paramName);
    }

    extension(ObjectDisposedException)
    {
        public static void ThrowIf([DoesNotReturnIf(true)] bool condition, object instance)
        {
            if (condition) throw new ObjectDisposedException(instance?.GetType().FullName);
        }
    }

    private static void ThrowIf<T>(bool condition, T value, string rule, string? paramName)
    {
        if (condition) throw new ArgumentOutOfRangeException(paramName, value, $"{paramName} ('{value}') must be {rule}.");
    }
}
