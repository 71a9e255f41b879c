using System.Text.Json;

namespace LlmStream.Transport;

/// <summary>Replaces the exceptions inside an exception whose messages contain a secret.</summary>
internal static class RedactedCause
{
    /// <param name="cause">The inner exception, or null.</param>
    /// <param name="redact">Removes secrets from a text.</param>
    /// <returns>
    /// The same exception, if neither its message nor one of its causes contains a secret; else one of the same kind without it.
    /// </returns>
    public static Exception? Of(Exception? cause, Func<string?, string?> redact)
    {
        if (cause is null) return null;
        Exception? inner = Of(cause.InnerException, redact);
        string message = redact(cause.Message)!;
        if (ReferenceEquals(inner, cause.InnerException) && string.Equals(message, cause.Message, StringComparison.Ordinal)) return cause;
        return cause switch
        {
#if !NETSTANDARD
            HttpRequestException http => new HttpRequestException(http.HttpRequestError, message, inner, http.StatusCode),
#else
            HttpRequestException => new HttpRequestException(message, inner),
#endif
            OperationCanceledException => new OperationCanceledException(message, inner),
            JsonException => new JsonException(message, inner),
            _ => new IOException(message, inner),
        };
    }
}
