using System.Net;
using System.Net.Http.Headers;
using LlmStream.Dialects;

namespace LlmStream.Transport;

/// <summary>Makes an exception of a response that refuses the request.</summary>
internal static class FailedResponse
{
    private static readonly string[] RequestIdHeaders = ["x-request-id", "request-id", "apim-request-id", "x-ds-request-id", "x-amzn-requestid", "cf-ray"];

    /// <summary>Reads the body, as far as it is allowed to go, and says what it says.</summary>
    public static async Task<ChatStreamException> ReadAsync(
        HttpResponseMessage response, int maxBodyBytes, TimeProvider time, CancellationToken cancellationToken)
    {
        byte[] body = await ReadBodyAsync(response, maxBodyBytes, cancellationToken).ConfigureAwait(false);
        ProviderFault? fault = Understand(body);
        (ChatStreamError error, bool isTransient) = Classify(response.StatusCode, fault);
        if (ShouldRetry(response.Headers) is { } says) isTransient = says;

        int status = (int)response.StatusCode;
        string reason = string.IsNullOrEmpty(response.ReasonPhrase) ? "" : $" {response.ReasonPhrase}";
        string said = fault?.Message is { Length: > 0 } words ? $": {words}" : ".";
        return new ChatStreamException(error, $"The provider answered HTTP {status}{reason}{said}")
        {
            IsTransient = isTransient,
            StatusCode = response.StatusCode,
            ProviderCode = fault?.Code,
            ProviderMessage = fault?.Message,
            RequestId = RequestIdOf(response.Headers) ?? fault?.RequestId,
            RetryAfter = RetryAfter.Read(response.Headers, time) ?? fault?.RetryAfter,
        };
    }

    /// <summary>The provider's id of the request, from the headers in which providers are known to send it.</summary>
    public static string? RequestIdOf(HttpResponseHeaders headers)
    {
        foreach (string name in RequestIdHeaders)
        {
            if (headers.TryGetValues(name, out IEnumerable<string>? values) && values.FirstOrDefault() is { Length: > 0 } id) return id;
        }

        return null;
    }

    private static (ChatStreamError Error, bool IsTransient) Classify(HttpStatusCode status, ProviderFault? fault) => (int)status switch
    {
        // An empty purse is reported by the same status as haste, and waiting fills neither.
        429 => (ChatStreamError.RateLimited, fault?.Code is not ("insufficient_quota" or "billing_hard_limit_reached")),
        401 or 403 => (ChatStreamError.Unauthorized, false),
        400 when fault?.Reason is "API_KEY_INVALID" => (ChatStreamError.Unauthorized, false), // Google calls a wrong key a wrong argument
        408 or 409 or 425 or >= 500 => (ChatStreamError.ServerError, true),
        _ => (ChatStreamError.InvalidRequest, false),
    };

    private static bool? ShouldRetry(HttpResponseHeaders headers) =>
        headers.TryGetValues("x-should-retry", out IEnumerable<string>? values) && bool.TryParse(values.First(), out bool says) ? says : null;

    private static ProviderFault? Understand(byte[] body)
    {
        ReadOnlySpan<byte> text = body.AsSpan().Trim(" \t\r\n\uFEFF"u8);
        if (text.IsEmpty) return null;
        // A stream's error event, sent with an honest status.
        if (text.StartsWith("data:"u8)) text = text["data:"u8.Length..].TrimStart((byte)' ');
        return text[0] is (byte)'{' or (byte)'[' ? ProviderFault.TryRead(text, isError: true) : new ProviderFault(null, ProviderFault.Quote(text));
    }

    private static async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken)
    {
        byte[] body = new byte[Math.Min(4096, maxBytes)];
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
            // The status is what counts; of the body there is what came.
        }

        return body[..length];
    }
}
