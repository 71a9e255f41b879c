using Microsoft.Extensions.Logging;

namespace LlmStream.Diagnostics;

/// <summary>All log messages of the client. None contains a prompt, an answer or a key.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "Sending request to {Provider}, model {Model}, attempt {Attempt}")]
    public static partial void SendingRequest(this ILogger logger, string provider, string? model, int attempt);

    [LoggerMessage(2, LogLevel.Debug, "Received first delta from {Provider} after {Milliseconds:0} ms (request {RequestId})")]
    public static partial void FirstDelta(this ILogger logger, string provider, double milliseconds, string? requestId);

    [LoggerMessage(3, LogLevel.Warning,
        "Request to {Provider} failed before the first delta ({Error}, status {Status}, code {Code}); attempt {Attempt} follows "
        + "in {Milliseconds:0} ms")]
    public static partial void Retrying(
        this ILogger logger, string provider, ChatStreamError error, int? status, string? code, int attempt, double milliseconds);

    [LoggerMessage(4, LogLevel.Debug,
        "Answer of {Provider} complete after {Milliseconds:0} ms (finish reason {FinishReason}, {InputTokens} input tokens, "
        + "{OutputTokens} output tokens)")]
    public static partial void Completed(
        this ILogger logger, string provider, double milliseconds, string? finishReason, ChatTokenCount inputTokens,
        ChatTokenCount outputTokens);

    [LoggerMessage(5, LogLevel.Error,
        "Stream of {Provider} failed after {Milliseconds:0} ms ({Error}, status {Status}, code {Code}, request {RequestId}, "
        + "{Attempts} attempts); {Characters} characters had arrived")]
    public static partial void Failed(
        this ILogger logger, string provider, double milliseconds, ChatStreamError error, int? status, string? code, string? requestId,
        int attempts, int characters);

    [LoggerMessage(6, LogLevel.Debug, "Stream of {Provider} was abandoned by the caller after {Milliseconds:0} ms")]
    public static partial void Abandoned(this ILogger logger, string provider, double milliseconds);

    [LoggerMessage(7, LogLevel.Warning,
        "Stream of {Provider} broke off after {Characters} characters ({Error}, code {Code}); resuming with attempt {Attempt}")]
    public static partial void Resuming(
        this ILogger logger, string provider, int characters, ChatStreamError error, string? code, int attempt);

    [LoggerMessage(8, LogLevel.Warning,
        "Stream of {Provider} broke off after {Characters} characters ({Error}) and is not resumed: {Refusal}")]
    public static partial void NotResumed(
        this ILogger logger, string provider, int characters, ChatStreamError error, ChatResumeRefusal refusal);

    [LoggerMessage(9, LogLevel.Warning,
        "{Provider} rejected a trailing assistant message ({Code}: {Message}); sending an instruction to continue instead")]
    public static partial void PrefillRefused(this ILogger logger, string provider, string? code, string? message);

    [LoggerMessage(10, LogLevel.Warning, "{Provider} has not kept the answer ({Code}: {Message}); resuming without replay")]
    public static partial void ReplayRefused(this ILogger logger, string provider, string? code, string? message);

    [LoggerMessage(11, LogLevel.Warning,
        "{Provider} failed ({Error}, status {Status}, code {Code}) after {Characters} characters; falling back to {Fallback}, "
        + "model {Model}")]
    public static partial void FallingBack(
        this ILogger logger, string provider, ChatStreamError error, int? status, string? code, int characters, string fallback,
        string? model);

    [LoggerMessage(12, LogLevel.Warning, "Fallback {Provider} cannot take over ({Refusal}): {Reason}")]
    public static partial void FallbackSkipped(this ILogger logger, string provider, ChatFallbackRefusal refusal, string? reason);

    [LoggerMessage(13, LogLevel.Warning,
        "Stream of {Provider} broke off after {Characters} characters ({Error}) and is not resumed ({Refusal}) nor continued by another "
        + "provider ({FallbackRefusal})")]
    public static partial void NotContinued(
        this ILogger logger, string provider, int characters, ChatStreamError error, ChatResumeRefusal refusal,
        ChatFallbackRefusal fallbackRefusal);

    [LoggerMessage(14, LogLevel.Information,
        "{Provider} has not answered after {Milliseconds:0} ms; sending the request to {Hedge} too")]
    public static partial void Hedging(this ILogger logger, string provider, double milliseconds, string hedge);

    [LoggerMessage(15, LogLevel.Information, "{Provider} answered sooner (second request: {IsHedge}); the other request is cancelled")]
    public static partial void Hedged(this ILogger logger, string provider, bool isHedge);

    [LoggerMessage(16, LogLevel.Debug, "Stream of {Provider} was cancelled by the caller after {Milliseconds:0} ms")]
    public static partial void Canceled(this ILogger logger, string provider, double milliseconds);
}
