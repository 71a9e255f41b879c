using Microsoft.Extensions.Logging;

namespace LlmStream.AspNetCore.Diagnostics;

/// <summary>All log messages of the relay. None contains a prompt or an answer.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "Relayed a complete answer over {Wire} in {Milliseconds:0} ms")]
    public static partial void Completed(this ILogger logger, string wire, double milliseconds);

    [LoggerMessage(2, LogLevel.Debug, "The client left, or the answer was canceled, over {Wire} after {Milliseconds:0} ms")]
    public static partial void Canceled(this ILogger logger, string wire, double milliseconds);

    [LoggerMessage(3, LogLevel.Error, "An answer over {Wire} failed after {Milliseconds:0} ms: the client was told {Code}")]
    public static partial void Failed(this ILogger logger, Exception? exception, string wire, double milliseconds, string code);

    [LoggerMessage(4, LogLevel.Warning, "The end of an answer over {Wire} could not be sent")]
    public static partial void EndNotSent(this ILogger logger, Exception exception, string wire);

    [LoggerMessage(5, LogLevel.Error, "OnFinished failed")]
    public static partial void OnFinishedFailed(this ILogger logger, Exception exception);

    [LoggerMessage(6, LogLevel.Debug, "Refused a request with status {Status}: {Reason}")]
    public static partial void Refused(this ILogger logger, int status, string reason);
}
