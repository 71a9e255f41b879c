using System.Net;

namespace LlmStream;

/// <summary>
/// A request or a stream failed, or the stream ended before the answer was complete. The only exception that reading a stream throws,
/// besides <see cref="OperationCanceledException"/>. Carries everything that had arrived.
/// </summary>
/// <example>
/// <code>
/// try
/// {
///     await foreach (ChatDelta delta in deltas) Console.Write(delta.Text);
/// }
/// catch (ChatStreamException e) when (e.Error == ChatStreamError.Truncated)
/// {
///     Console.Error.WriteLine($"Cut off after {e.Partial.Text.Length} characters.");
/// }
/// </code>
/// </example>
public sealed class ChatStreamException : Exception
{
    /// <summary>Creates an exception, for tests and for streams from other sources.</summary>
    /// <param name="error">The kind of error.</param>
    /// <param name="message">The message, or <see langword="null"/> for a general one.</param>
    /// <param name="innerException">The cause, or <see langword="null"/>.</param>
    public ChatStreamException(ChatStreamError error, string? message = null, Exception? innerException = null)
        : base(message ?? $"The stream failed: {error}.", innerException)
    {
        Error = error;
    }

    /// <summary>The kind of error.</summary>
    public ChatStreamError Error { get; }

    /// <summary>Whether the same request may succeed if it is sent again. Default: <see langword="false"/>.</summary>
    public bool IsTransient { get; init; }

    /// <summary>
    /// The HTTP status of the response, or the status that the provider stated in the stream; <see langword="null"/> if there is none.
    /// </summary>
    public HttpStatusCode? StatusCode { get; init; }

    /// <summary>The provider's code for the error, as it was sent; <see langword="null"/> if there is none.</summary>
    public string? ProviderCode { get; init; }

    /// <summary>The provider's message, as it was sent; <see langword="null"/> if there is none.</summary>
    public string? ProviderMessage { get; init; }

    /// <summary>The provider's id of the request; <see langword="null"/> if it sent none.</summary>
    public string? RequestId { get; init; }

    /// <summary>How long the server asked to wait before the next request; <see langword="null"/> if it did not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// How many times the request was sent, retries and resumes included; 0 if the client did not send it, as for a stream that was
    /// read with <see cref="ChatStreamReader"/>.
    /// </summary>
    public int AttemptCount { get; init; }

    /// <summary>
    /// Why the answer was not resumed; <see langword="null"/> if the request failed before the answer began, or if no client read it.
    /// </summary>
    public ChatResumeRefusal? ResumeRefusal { get; init; }

    /// <summary>
    /// Why no other provider has taken over; <see langword="null"/> if the client has no <see cref="LlmStreamOptions.Fallbacks"/>, or if no
    /// client read the stream.
    /// </summary>
    public ChatFallbackRefusal? FallbackRefusal { get; init; }

    /// <summary>The partial answer: everything that had arrived. Never <see langword="null"/>; empty if nothing had.</summary>
    public ChatStreamResult Partial { get; init; } = ChatStreamResult.Empty;

    /// <summary>Copies the exception for the caller: with the number of attempts, and without the API key.</summary>
    /// <param name="attempts">The number of attempts.</param>
    /// <param name="cause">The inner exception without the key.</param>
    /// <param name="redact">Removes the key from a text.</param>
    internal ChatStreamException ForCall(int attempts, Exception? cause, Func<string?, string?> redact)
    {
        string message = redact(Message)!;
        ChatStreamResult partial = Partial.Redact(redact);
        if (AttemptCount == attempts && message == Message && ReferenceEquals(cause, InnerException) && ReferenceEquals(partial, Partial)
            && redact(ProviderMessage) == ProviderMessage && redact(ProviderCode) == ProviderCode && redact(RequestId) == RequestId)
        {
            return this;
        }

        return Copy(message, cause, attempts, ResumeRefusal, partial, redact);
    }

    /// <summary>Copies the exception for an answer of which something was delivered.</summary>
    /// <param name="refusal">Why the answer was not resumed.</param>
    /// <param name="partial">The partial answer of all attempts.</param>
    /// <param name="attempts">The number of attempts.</param>
    /// <param name="innerException">Why the attempt to resume it was refused; or null.</param>
    /// <param name="fallbackRefusal">Why no other provider has taken over; null if there are no fallbacks.</param>
    internal ChatStreamException AfterDelivery(
        ChatResumeRefusal? refusal,
        ChatStreamResult partial,
        int attempts,
        Exception? innerException = null,
        ChatFallbackRefusal? fallbackRefusal = null) => Copy(
            Message, innerException ?? InnerException, attempts, refusal, partial, static text => text, fallbackRefusal: fallbackRefusal);

    /// <summary>A copy that is not transient, so that it is not retried.</summary>
    internal ChatStreamException AsPermanent() =>
        Copy(Message, InnerException, AttemptCount, ResumeRefusal, Partial, static text => text, isTransient: false);

    /// <summary>A copy with a partial answer.</summary>
    internal ChatStreamException WithPartial(ChatStreamResult partial) =>
        Copy(Message, InnerException, AttemptCount, ResumeRefusal, partial, static text => text);

    private ChatStreamException Copy(
        string message,
        Exception? cause,
        int attempts,
        ChatResumeRefusal? refusal,
        ChatStreamResult partial,
        Func<string?, string?> redact,
        bool? isTransient = null,
        ChatFallbackRefusal? fallbackRefusal = null) =>
        new(Error, message, cause)
        {
            IsTransient = isTransient ?? IsTransient,
            StatusCode = StatusCode,
            ProviderCode = redact(ProviderCode),
            ProviderMessage = redact(ProviderMessage),
            RequestId = redact(RequestId),
            RetryAfter = RetryAfter,
            AttemptCount = attempts,
            ResumeRefusal = refusal,
            FallbackRefusal = fallbackRefusal ?? FallbackRefusal,
            Partial = partial,
        };
}
