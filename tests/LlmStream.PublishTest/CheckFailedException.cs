using System.Runtime.CompilerServices;

namespace LlmStream.PublishTest;

/// <summary>A check did not see what it expects.</summary>
internal sealed class CheckFailedException(string message) : Exception(message)
{
    public static void ThrowIfNotEqual<T>(T expected, T actual, [CallerArgumentExpression(nameof(actual))] string expression = "")
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
            throw new CheckFailedException($"{expression} should be '{expected}', but is '{actual}'.");
    }

    public static void ThrowIfNotContained(string expected, string actual, [CallerArgumentExpression(nameof(actual))] string expression = "")
    {
        if (!actual.Contains(expected, StringComparison.Ordinal))
            throw new CheckFailedException($"{expression} should contain '{expected}', but is '{actual}'.");
    }
}
