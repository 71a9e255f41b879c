namespace LlmStream.Dialects;

/// <summary>The response headers in which providers send their id of the request.</summary>
internal static class RequestIdHeaders
{
    /// <summary>The names, the most common first; the first header that is not empty counts.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "x-request-id", // OpenAI and most others
        "request-id", // Anthropic
        "apim-request-id", // Azure
        "x-ds-request-id", // DeepSeek
        "x-amzn-requestid", // AWS
        "cf-ray", // Cloudflare
    ];
}
