using System.Net;
using System.Net.Http.Headers;
using LlmStream.Dialects;

namespace LlmStream.Transport;

/// <summary>Creates the exception for a response whose status is not a success.</summary>
internal static class FailedResponse
{
    private const int FirstBufferSize = 4096;

    /// <summary>Reads the body, up to a limit, and creates the exception that describes the error.</summary>
    /// <param name="response">The response. It is not disposed of.</param>
    /// <param name="maxBodyBytes">The limit; the rest of the body is not read.</param>
    /// <param name="time">The clock, to which a date in <c>Retry-After</c> is relative.</param>
    /// <param name="cancellationToken">Cancels reading the body.</param>
    public static async Task<ChatStreamException> ReadAsync(
        HttpResponseMessage response, int maxBodyBytes, TimeProvider time, CancellationToken cancellationToken)
    {
        string? encoding = CompressedBody.EncodingOf(response.Content.Headers);
        byte[] body = encoding is not null ? [] : await ReadBodyAsync(response, maxBodyBytes, cancellationToken).ConfigureAwait(false);
        ProviderFault? fault = ReadFault(body);
        (ChatStreamError error, bool isTransient) = Classify(response.StatusCode, fault);
        if (ShouldRetry(response.Headers) is { } shouldRetry) isTransient = shouldRetry;

        int status = (int)response.StatusCode;
        string reason = string.IsNullOrEmpty(response.ReasonPhrase) ? "" : $" {response.ReasonPhrase}";
        string message = fault?.Message is { Length: > 0 } text ? $": {text}"
            : encoding is not null ? $". {CompressedBody.Describe(encoding)}"
            : ".";
        return new ChatStreamException(error, $"The provider responded with HTTP {status}{reason}{message}")
        {
            IsTransient = isTransient,
            StatusCode = response.StatusCode,
            ProviderCode = fault?.Code ?? CodeOf(response.Headers),
            ProviderMessage = fault?.Message,
            RequestId = RequestIdOf(response.Headers) ?? fault?.RequestId,
            RetryAfter = RetryAfter.Read(response.Headers, time) ?? fault?.RetryAfter,
        };
    }

    /// <summary>The provider's id of the request, or null if no known header has one.</summary>
    public static string? RequestIdOf(HttpResponseHeaders headers)
    {
        foreach (string name in RequestIdHeaders.Names)
        {
#if NETSTANDARD
            if (headers.TryGetValues(name, out IEnumerable<string>? values) && values.FirstOrDefault() is { Length: > 0 } id) return id;
#else
            // Unlike TryGetValues, this creates no list.
            if (!headers.NonValidated.TryGetValues(name, out HeaderStringValues values)) continue;
            foreach (string id in values)
            {
                if (id.Length > 0) return id;
                break; // the first value counts
            }
#endif
        }

        return null;
    }

    private static string? CodeOf(HttpResponseHeaders headers)
    {
        foreach (string name in ErrorCodeHeaders.Names)
        {
            if (headers.TryGetValues(name, out IEnumerable<string>? values) && values.FirstOrDefault() is { Length: > 0 } value)
                return ErrorCodeHeaders.CodeOf(value);
        }

        return null;
    }

    private static (ChatStreamError Error, bool IsTransient) Classify(HttpStatusCode status, ProviderFault? fault) => (int)status switch
    {
        429 => (ChatStreamError.RateLimited, fault is not { IsQuotaExhausted: true }),
        401 or 403 => (ChatStreamError.Unauthorized, false),
        400 when fault is { IsInvalidKey: true } => (ChatStreamError.Unauthorized, false),
        408 or 409 or 425 or >= 500 => (ChatStreamError.ServerError, true),
        _ => (ChatStreamError.InvalidRequest, false),
    };

    private static bool? ShouldRetry(HttpResponseHeaders headers) =>
        headers.TryGetValues("x-should-retry", out IEnumerable<string>? values) && bool.TryParse(values.First(), out bool value)
            ? value
            : null;

    private static ProviderFault? ReadFault(byte[] body)
    {
        ReadOnlySpan<byte> text = body.AsSpan().Trim(" \t\r\n\uFEFF"u8);
        if (text.IsEmpty) return null;
        // Some servers send an error event of a stream together with an error status.
        if (text.StartsWith("data:"u8)) text = text["data:"u8.Length..].TrimStart((byte)' ');
        return text[0] is (byte)'{' or (byte)'['
            ? ProviderFault.TryRead(text, isError: true)
            : new ProviderFault(null, BodyQuote.Summarize(text));
    }

    private static async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken)
    {
        byte[] body = new byte[Math.Min(FirstBufferSize, maxBytes)];
        int length = 0;
        try
        {
            Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (stream.ConfigureAwait(false))
            {
                while (length < maxBytes)
                {
                    if (length == body.Length) Array.Resize(ref body, Math.Min(body.Length * 2, maxBytes));
                    int read = await stream.ReadAsync(body.AsMemory(length), cancellationToken).ConfigureAwait(false);
                    if (read == 0) break;
                    length += read;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // The status already says that the request failed. The error is described by what arrived of the body.
        }

        return body.AsSpan(0, length).ToArray();
    }
}
