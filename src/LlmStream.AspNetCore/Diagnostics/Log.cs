using Microsoft.Extensions.Logging;

namespace LlmStream.AspNetCore.Diagnostics;

/// <summary>
/// All log messages of the relay. None contains a prompt or an answer: a <see cref="ChatStreamException"/> is described by its kind and its
/// codes, because its message may quote the provider. Exceptions of the application are logged whole.
/// </summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "Relayed a complete answer over {Wire} in {Milliseconds:0} ms")]
    public static partial void Completed(this ILogger logger, string wire, double milliseconds);

    [LoggerMessage(2, LogLevel.Debug, "The client left, or the answer was canceled, over {Wire} after {Milliseconds:0} ms")]
    public static partial void Canceled(this ILogger logger, string wire, double milliseconds);

    [LoggerMessage(3, LogLevel.Error, "An answer over {Wire} failed after {Milliseconds:0} ms: the client was told {Code}")]
    public static partial void Failed(this ILogger logger, Exception? exception, string wire, double milliseconds, string code);

    [LoggerMessage(7, LogLevel.Error,
        "An answer over {Wire} failed after {Milliseconds:0} ms ({Error}, status {Status}, code {ProviderCode}, request {RequestId}): "
        + "the client was told {Code}")]
    public static partial void StreamFailed(
        this ILogger logger, string wire, double milliseconds, ChatStreamError error, int? status, string? providerCode, string? requestId,
        string code);

    [LoggerMessage(4, LogLevel.Warning, "The end of an answer over {Wire} could not be sent")]
    public static partial void EndNotSent(this ILogger logger, Exception exception, string wire);

    [LoggerMessage(5, LogLevel.Error, "OnFinished failed")]
    public static partial void OnFinishedFailed(this ILogger logger, Exception exception);

    [LoggerMessage(6, LogLevel.Debug, "Refused a request with status {Status}: {Reason}")]
    public static partial void Refused(this ILogger logger, int status, string reason);

    [LoggerMessage(8, LogLevel.Error, "DescribeError failed")]
    public static partial void DescribeErrorFailed(this ILogger logger, Exception exception);

    [LoggerMessage(9, LogLevel.Warning, "An answer could not be disposed of after its end")]
    public static partial void DisposeFailed(this ILogger logger, Exception exception);

    [LoggerMessage(10, LogLevel.Warning, "The services of an answer could not be disposed of after its end")]
    public static partial void ScopeDisposeFailed(this ILogger logger, Exception exception);

    [LoggerMessage(11, LogLevel.Warning, "A callback of the handler's cancellation token failed")]
    public static partial void CancellationFailed(this ILogger logger, Exception exception);

    [LoggerMessage(12, LogLevel.Debug, "A reader of a kept stream over {Wire} was told {Code} after {Milliseconds:0} ms")]
    public static partial void ReaderFailed(this ILogger logger, string wire, double milliseconds, string code);

    [LoggerMessage(13, LogLevel.Warning, "What OnFinished has stored is still resumed: the store of the streams failed")]
    public static partial void ForgetFailed(this ILogger logger, Exception exception);

    [LoggerMessage(14, LogLevel.Warning, "The end of stream {StreamId} could not be reported to OnFinished")]
    public static partial void EndNotReported(this ILogger logger, Exception exception, string streamId);

    [LoggerMessage(15, LogLevel.Warning, "Stream {StreamId} cannot be found by the id of its run: the store of the streams failed")]
    public static partial void RunNotReferenced(this ILogger logger, Exception exception, string streamId);
}
