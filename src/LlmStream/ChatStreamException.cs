using System.Net;
using LlmStream.Transport;

namespace LlmStream;

/// <summary>
/// A stream that did not end as it should. The only exception, besides <see cref="OperationCanceledException"/>, that
/// comes out of reading one; it carries everything that had arrived.
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
    /// <summary>Makes an exception that says what went wrong, for a test or for a stream of one's own.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="message">A sentence for a person, or <see langword="null"/> for a general one.</param>
    /// <param name="innerException">The cause, or <see langword="null"/>.</param>
    public ChatStreamException(ChatStreamError error, string? message = null, Exception? innerException = null)
        : base(message ?? $"The stream failed: {error}.", innerException)
    {
        Error = error;
    }

    /// <summary>What went wrong.</summary>
    public ChatStreamError Error { get; }

    /// <summary>Whether the same request may well succeed when it is sent again.</summary>
    public bool IsTransient { get; init; }

    /// <summary>The HTTP status, or the status that the provider stated inside the stream; <see langword="null"/> where there is none.</summary>
    public HttpStatusCode? StatusCode { get; init; }

    /// <summary>The provider's code for the error, as it was sent, or <see langword="null"/>.</summary>
    public string? ProviderCode { get; init; }

    /// <summary>The provider's own words, or <see langword="null"/>.</summary>
    public string? ProviderMessage { get; init; }

    /// <summary>The provider's id of the request, or <see langword="null"/>.</summary>
    public string? RequestId { get; init; }

    /// <summary>How long the server asked to wait before the next attempt, or <see langword="null"/>.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>How many times the request was sent; 1 where there was no retry, 0 where a stream was read that one already held.</summary>
    public int AttemptCount { get; init; }

    /// <summary>Why the answer was not taken up again where it broke off, or <see langword="null"/> where nothing of it had been delivered.</summary>
    public ChatResumeRefusal? ResumeRefusal { get; init; }

    /// <summary>What had arrived before the failure. Never <see langword="null"/>.</summary>
    public ChatStreamResult Partial { get; init; } = ChatStreamResult.Empty;

    /// <summary>The same, as it leaves a call: with the count of attempts, and without the key, which some providers repeat.</summary>
    internal ChatStreamException ForCall(int attempts, ApiKey key)
    {
        string message = key.TakeOutOf(Message)!;
        if (AttemptCount == attempts && message == Message && key.TakeOutOf(ProviderMessage) == ProviderMessage) return this;
        return Copy(message, attempts, ResumeRefusal, Partial, key);
    }

    /// <summary>The same, as it ends an answer of which something was delivered.</summary>
    /// <param name="refusal">Why the answer was not taken up again.</param>
    /// <param name="partial">What had arrived, in all attempts.</param>
    internal ChatStreamException AfterDelivery(ChatResumeRefusal refusal, ChatStreamResult partial) => Copy(Message, AttemptCount, refusal, partial, null);

    private ChatStreamException Copy(string message, int attempts, ChatResumeRefusal? refusal, ChatStreamResult partial, ApiKey? key) =>
        new(Error, message, InnerException)
        {
            IsTransient = IsTransient,
            StatusCode = StatusCode,
            ProviderCode = key is null ? ProviderCode : key.TakeOutOf(ProviderCode),
            ProviderMessage = key is null ? ProviderMessage : key.TakeOutOf(ProviderMessage),
            RequestId = RequestId,
            RetryAfter = RetryAfter,
            AttemptCount = attempts,
            ResumeRefusal = refusal,
            Partial = partial,
        };
}
