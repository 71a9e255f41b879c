using System.Net.Http.Headers;

namespace LlmStream.Transport;

/// <summary>Recognizes responses that are compressed because the handler does not decompress them.</summary>
internal static class CompressedBody
{
    private const string Remedy = "Set AutomaticDecompression = DecompressionMethods.All on the handler of the HttpClient, "
        + "or do not send the header Accept-Encoding.";

    /// <summary>The encodings of a body, such as <c>gzip</c>, or null. A handler that decompresses removes the header.</summary>
    public static string? EncodingOf(HttpContentHeaders headers)
    {
        // Without the check, an empty collection would be created and kept.
        if (!headers.Contains("Content-Encoding")) return null;
        IEnumerable<string> encodings = headers.ContentEncoding
            .Where(encoding => encoding.Length > 0 && !string.Equals(encoding, "identity", StringComparison.OrdinalIgnoreCase));
        return string.Join(", ", encodings) is { Length: > 0 } found ? found : null;
    }

    /// <summary>A sentence about a compressed body, and what to do about it.</summary>
    public static string Describe(string encoding) => $"The body of the response is compressed (Content-Encoding: {encoding}). {Remedy}";

    /// <summary>Throws if a body is compressed.</summary>
    /// <exception cref="ChatStreamException">The body is compressed.</exception>
    public static void Check(HttpResponseMessage response)
    {
        if (EncodingOf(response.Content.Headers) is not { } encoding) return;
        throw new ChatStreamException(ChatStreamError.NotAStream, Describe(encoding))
        {
            StatusCode = response.StatusCode,
            RequestId = FailedResponse.RequestIdOf(response.Headers),
        };
    }
}
