using Microsoft.Extensions.Logging;

namespace LlmStream.Redis;

/// <summary>All log messages of the store. None contains an answer, a key or a password.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning,
        "Redis may evict keys (maxmemory-policy is {Policies}): running answers can be lost. Set maxmemory-policy to noeviction")]
    public static partial void KeysMayBeEvicted(this ILogger logger, string policies);

    [LoggerMessage(2, LogLevel.Information,
        "Redis does not tell its maxmemory-policy, which must be noeviction")]
    public static partial void PolicyUnknown(this ILogger logger, Exception exception);

    [LoggerMessage(3, LogLevel.Information, "A channel could not be unsubscribed from")]
    public static partial void UnsubscribeFailed(this ILogger logger, Exception exception);
}
