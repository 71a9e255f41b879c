using Microsoft.Extensions.Logging;

namespace LlmStream.Relay.Diagnostics;

/// <summary>All log messages of the relay. None contains a prompt, an answer or a key.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "A call of the stream store failed; repeating it in {Milliseconds:0} ms")]
    public static partial void StoreCallFailed(this ILogger logger, Exception exception, double milliseconds);

    [LoggerMessage(2, LogLevel.Error, "The stream store was unavailable for too long; stream {StreamId} is given up")]
    public static partial void StoreUnavailable(this ILogger logger, Exception exception, string streamId);

    [LoggerMessage(3, LogLevel.Warning, "Stream {StreamId} has another producer ({Outcome}); the answer is no longer read")]
    public static partial void Fenced(this ILogger logger, string streamId, ChatStreamWriteOutcome outcome);

    [LoggerMessage(4, LogLevel.Warning, "The store lost records of stream {StreamId} after {Sequence}; appending them again")]
    public static partial void RecordsLost(this ILogger logger, string streamId, long sequence);

    [LoggerMessage(5, LogLevel.Error, "Stream {StreamId} failed: {Error} ({Failure})")]
    public static partial void StreamFailed(
        this ILogger logger, Exception exception, string streamId, ChatStreamError error, ChatStreamRelayError? failure);

    [LoggerMessage(6, LogLevel.Warning, "Took over stream {StreamId} after {Characters} characters")]
    public static partial void TookOver(this ILogger logger, string streamId, int characters);

    [LoggerMessage(7, LogLevel.Warning, "The source of stream {StreamId} did not end in time after it was cancelled")]
    public static partial void SourceDidNotEnd(this ILogger logger, string streamId);

    [LoggerMessage(8, LogLevel.Error, "Taking over streams failed; trying again")]
    public static partial void TakeOverFailed(this ILogger logger, Exception exception);

    [LoggerMessage(9, LogLevel.Warning,
        "The request of stream {StreamId} cannot be stored; the answer will not be continued by another node")]
    public static partial void RequestNotStored(this ILogger logger, string streamId);

    [LoggerMessage(10, LogLevel.Error, "The request of stream {StreamId} cannot be read, or its client not be found")]
    public static partial void RequestNotRead(this ILogger logger, Exception exception, string streamId);

    [LoggerMessage(11, LogLevel.Warning, "The subscription to stops of stream {StreamId} failed; stops are seen when the lease is renewed")]
    public static partial void StopsNotSignalled(this ILogger logger, Exception exception, string streamId);

    [LoggerMessage(12, LogLevel.Debug, "Stream {StreamId} ended here: {Ending} ({Verdict})")]
    public static partial void Ended(
        this ILogger logger, string streamId, ChatProducerEnding ending, ChatStreamVerdict? verdict);

    [LoggerMessage(13, LogLevel.Warning,
        "Requests are not stored with their streams, because there is nothing to encrypt them with: an answer whose producer is lost ends "
        + "with an error. Call services.AddDataProtection() with keys that all nodes share, or set RequestProtector")]
    public static partial void RequestsNotStored(this ILogger logger);

    [LoggerMessage(14, LogLevel.Error,
        "A stored request cannot be decrypted, and its answer is not continued: the nodes do not share the keys of Data Protection")]
    public static partial void RequestNotDecrypted(this ILogger logger, Exception exception);

    [LoggerMessage(15, LogLevel.Error, "The store has lost stream {StreamId}; the answer is no longer read")]
    public static partial void StreamLost(this ILogger logger, string streamId);
}
