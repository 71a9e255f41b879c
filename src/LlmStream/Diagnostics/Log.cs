using Microsoft.Extensions.Logging;

namespace LlmStream.Diagnostics;

/// <summary>Everything that the client logs. No message holds a prompt, an answer or a key.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "Asking {Provider} for a stream of {Model} (attempt {Attempt})")]
    public static partial void Asking(this ILogger logger, string provider, string? model, int attempt);

    [LoggerMessage(2, LogLevel.Debug, "{Provider} began to answer after {Milliseconds:0} ms (request {RequestId})")]
    public static partial void FirstDelta(this ILogger logger, string provider, double milliseconds, string? requestId);

    [LoggerMessage(3, LogLevel.Warning, "{Provider} failed before the answer began ({Error}, status {Status}, code {Code}); attempt {Attempt} follows in {Milliseconds:0} ms")]
    public static partial void Retrying(this ILogger logger, string provider, ChatStreamError error, int? status, string? code, int attempt, double milliseconds);

    [LoggerMessage(4, LogLevel.Debug, "{Provider} answered completely in {Milliseconds:0} ms (finish reason {FinishReason}, {InputTokens} tokens in, {OutputTokens} out)")]
    public static partial void Completed(this ILogger logger, string provider, double milliseconds, string? finishReason, long? inputTokens, long? outputTokens);

    [LoggerMessage(5, LogLevel.Error, "The stream of {Provider} failed after {Milliseconds:0} ms ({Error}, status {Status}, code {Code}, request {RequestId}, {Attempts} attempts); {Characters} characters had arrived")]
    public static partial void Failed(
        this ILogger logger, string provider, double milliseconds, ChatStreamError error, int? status, string? code, string? requestId, int attempts, int characters);

    [LoggerMessage(6, LogLevel.Debug, "The stream of {Provider} was left after {Milliseconds:0} ms")]
    public static partial void Left(this ILogger logger, string provider, double milliseconds);

    [LoggerMessage(7, LogLevel.Warning, "The stream of {Provider} broke off after {Characters} characters ({Error}, code {Code}); attempt {Attempt} asks for the rest")]
    public static partial void Resuming(this ILogger logger, string provider, int characters, ChatStreamError error, string? code, int attempt);

    [LoggerMessage(8, LogLevel.Warning, "The stream of {Provider} broke off after {Characters} characters ({Error}) and is not resumed: {Refusal}")]
    public static partial void NotResumed(this ILogger logger, string provider, int characters, ChatStreamError error, ChatResumeRefusal refusal);

    [LoggerMessage(9, LogLevel.Warning, "{Provider} does not continue a last message of the assistant's ({Code}: {Message}); the user asks it to go on instead")]
    public static partial void PrefillRefused(this ILogger logger, string provider, string? code, string? message);

    [LoggerMessage(10, LogLevel.Warning, "{Provider} has not kept the answer ({Code}: {Message}); the rest is asked for in another way")]
    public static partial void ReplayRefused(this ILogger logger, string provider, string? code, string? message);
}
