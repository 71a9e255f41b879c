namespace LlmStream.Resilience.Fallback;

/// <summary>Decides by default whether another provider may succeed where one has failed.</summary>
internal static class FallbackRule
{
    // Parts of codes, without separators, of requests that must not be repeated elsewhere.
    private static readonly string[] FilterCodes =
        ["contentfilter", "contentpolicy", "contentmoderation", "datainspection", "safety", "moderation", "sensitive", "invalidprompt"];

    private static readonly string[] FilterMessages =
        ["content management policy", "content policy", "usage policy", "usage policies", "safety system", "inappropriate content"];

    // Parts of codes, without separators, that concern the model, the account or the length that one provider allows.
    private static readonly string[] ProviderCodes =
    [
        "contextlength", "contextwindow", "abovemaxlength", "toolarge", "toomanytokens", "modelnot", "unknownmodel", "invalidmodel",
        "notfound", "quota", "billing", "balance", "credit", "arrear", "payment", "accessdenied", "permission", "unsupported",
        "notsupported", "notallowed",
    ];

    private static readonly string[] ProviderMessages =
    [
        "context length", "context window", "context size", "maximum context", "too many tokens", "number of tokens",
        "too many input tokens", "prompt is too long", "input is too long", "input length", "token limit", "credit balance",
        "insufficient", "quota", "billing", "not support", "unsupported", "not available in your",
    ];

    private static readonly string[] ModelProblems =
    [
        "not exist", "not found", "not available", "no access", "have access", "invalid", "unknown", "decommission", "deprecated",
        "retired",
    ];

    /// <summary>Whether another provider may succeed.</summary>
    public static bool Allows(ChatStreamException failure) => failure.Error switch
    {
        ChatStreamError.Connection or ChatStreamError.ConnectTimeout or ChatStreamError.FirstDeltaTimeout or ChatStreamError.IdleTimeout
            or ChatStreamError.StalledTimeout or ChatStreamError.RateLimited or ChatStreamError.Unauthorized
            or ChatStreamError.ServerError or ChatStreamError.Truncated or ChatStreamError.MalformedEvent
            or ChatStreamError.NotAStream => !IsFiltered(failure),
        ChatStreamError.InvalidRequest => !IsFiltered(failure) && ConcernsProvider(failure),
        ChatStreamError.ProviderError => !IsFiltered(failure) && (ConcernsProvider(failure) || !IsInvalidRequest(failure)),
        // The time of the whole call, a limit of the caller, or the client itself.
        _ => false,
    };

    /// <summary>Whether the request was refused for what it says.</summary>
    private static bool IsFiltered(ChatStreamException failure) =>
        Has(Letters(failure.ProviderCode), FilterCodes) || Has(failure.ProviderMessage, FilterMessages);

    /// <summary>
    /// Whether the error concerns the model, the account or a limit of this provider, so that the request itself may be valid.
    /// </summary>
    private static bool ConcernsProvider(ChatStreamException failure) =>
        failure.IsTransient
        // The base address (redirects), the account, the model or the path, the length.
        || (int?)failure.StatusCode is (>= 300 and < 400) or 402 or 404 or 405 or 413
        || Has(Letters(failure.ProviderCode), ProviderCodes)
        || Has(failure.ProviderMessage, ProviderMessages)
        || (Has(failure.ProviderMessage, ["model"]) && Has(failure.ProviderMessage, ModelProblems));

    private static bool IsInvalidRequest(ChatStreamException failure) =>
        (int?)failure.StatusCode is 400 or 422 || Has(Letters(failure.ProviderCode), ["invalid", "badrequest", "validation"]);

    private static string Letters(string? code) => string.Concat((code ?? "").Where(char.IsLetterOrDigit));

    private static bool Has(string? text, string[] parts) =>
        text is not null && Array.Exists(parts, part => text.Contains(part, StringComparison.OrdinalIgnoreCase));
}
