namespace LlmStream.Dialects;

/// <summary>The response headers in which providers send their id of the request.</summary>
internal static class RequestIdHeaders
{
    /// <summary>The names, the most common first; the first header that is not empty counts.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "x-request-id",
        "request-id",
        "apim-request-id",
        "x-ds-request-id",
        "x-amzn-requestid",
        "cf-ray",
    ];
}
