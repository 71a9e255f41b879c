using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.AI;

namespace LlmStream;

/// <summary>
/// A number of tokens, and where it comes from. The default is an unknown number, so that 0 always means that no tokens were spent.
/// </summary>
/// <example>
/// <code>
/// string cost = answer.OutputTokens switch
/// {
///     { Source: ChatTokenSource.Unknown } => "unknown",
///     { Source: ChatTokenSource.Estimated, Value: var tokens } => $"about {tokens} tokens",
///     { Value: var tokens } => $"{tokens} tokens",
/// };
/// </code>
/// </example>
[StructLayout(LayoutKind.Auto)]
public readonly record struct ChatTokenCount
{
    private readonly long _value;

    private ChatTokenCount(long value, ChatTokenSource source)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        _value = value;
        Source = source;
    }

    /// <summary>The number of tokens; <see langword="null"/> if it is unknown.</summary>
    public long? Value => Source == ChatTokenSource.Unknown ? null : _value;

    /// <summary>Where the number comes from.</summary>
    public ChatTokenSource Source { get; }

    /// <summary>A number that the provider reported.</summary>
    /// <param name="value">The number.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="value"/> is negative.</exception>
    public static ChatTokenCount Reported(long value) => new(value, ChatTokenSource.Reported);

    /// <summary>A number that was estimated.</summary>
    /// <param name="value">The number.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="value"/> is negative.</exception>
    public static ChatTokenCount Estimated(long value) => new(value, ChatTokenSource.Estimated);

    /// <summary>The sum of two numbers: unknown if one of them is, and estimated if one of them is.</summary>
    /// <param name="left">A number.</param>
    /// <param name="right">A number.</param>
    /// <returns>The sum.</returns>
    public static ChatTokenCount operator +(ChatTokenCount left, ChatTokenCount right)
    {
        if (left.Source == ChatTokenSource.Unknown || right.Source == ChatTokenSource.Unknown) return default;
        bool isReported = left.Source == ChatTokenSource.Reported && right.Source == ChatTokenSource.Reported;
        return new(left._value + right._value, isReported ? ChatTokenSource.Reported : ChatTokenSource.Estimated);
    }

    /// <summary>The number: <c>12</c> if it was reported, <c>~12</c> if it was estimated, else <c>unknown</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => Source switch
    {
        ChatTokenSource.Reported => _value.ToString(CultureInfo.InvariantCulture),
        ChatTokenSource.Estimated => "~" + _value.ToString(CultureInfo.InvariantCulture),
        _ => "unknown",
    };

    /// <summary>The input tokens that a provider reported. No request has 0, which therefore means that they were not counted.</summary>
    internal static ChatTokenCount InputOf(UsageDetails? usage) =>
        usage?.InputTokenCount is > 0 and { } count ? Reported(count) : default;

    /// <summary>The output tokens that a provider reported.</summary>
    internal static ChatTokenCount OutputOf(UsageDetails? usage) =>
        usage?.OutputTokenCount is >= 0 and { } count ? Reported(count) : default;
}
