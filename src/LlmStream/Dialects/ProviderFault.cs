using System.Text;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>An error that a provider reported.</summary>
internal sealed record ProviderFault(string? Code, string? Message)
{
    // Parts of the codes and types of errors that are temporary, without separators.
    private static readonly string[] TransientCodes =
    [
        "ratelimit", "toomanyrequests", "resourceexhausted", "throttl", "limitexceededrequests", "overload", "capacity", "servererror",
        "internal", "unavailable", "apierror", "timeout", "timedout", "timelimit", "deadlineexceeded", "insufficientsystemresource",
        "networkerror", "connection", "disconnect", "upstream", "badgateway", "streamerror", "notready", "busy", "cancel", "abort",
    ];

    // Parts of messages that say the same, for errors whose code is missing, or a number that only one provider knows.
    private static readonly string[] TransientMessages =
    [
        "try again", "rate limit", "too many requests", "overload", "capacity", "temporar", "unavailable", "timeout", "timed out",
        "internal error", "internal server error", "server error", "busy", "bad gateway",
    ];

    private readonly bool? _isTransient;

    /// <summary>The HTTP status that the report contains, or null.</summary>
    public int? Status { get; init; }

    public string? RequestId { get; init; }

    /// <summary>The type of the error, which may say more than <see cref="Code"/>; or null.</summary>
    public string? Type { get; init; }

    /// <summary>The exact cause, such as <c>API_KEY_INVALID</c>, if <see cref="Code"/> only says that the request is invalid.</summary>
    public string? Reason { get; init; }

    /// <summary>How long to wait before a retry, if the report says so. Most providers send a header instead.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// Whether the same request may succeed later, as the provider documents the error; else as its status or code suggests. An unknown
    /// error is regarded as final.
    /// </summary>
    public bool IsTransient
    {
        get => _isTransient ?? (Status is { } status ? IsTransientStatus(status)
            : IsTransientCode(Code) || IsTransientCode(Type) || (IsNumberOrNull(Code) && Type is null && HasTransientMessage()));
        init => _isTransient = value;
    }

    /// <summary>
    /// Whether the account's quota is used up. Some providers report that with the status of a rate limit (429), but waiting does not help.
    /// </summary>
    public bool IsQuotaExhausted => Code is "insufficient_quota" or "billing_hard_limit_reached";

    /// <summary>Whether the key is invalid. Some providers report that with the status of an invalid request (400).</summary>
    public bool IsInvalidKey => Reason is "API_KEY_INVALID";

    // 499: the request was cancelled, by the server.
    public static bool IsTransientStatus(int status) => status is 408 or 409 or 425 or 429 or 499 or >= 500;

    /// <summary>Reads an error object in any of the forms of <see cref="ProviderFaultReader"/>.</summary>
    /// <param name="json">The bytes of one JSON value.</param>
    /// <param name="isError">Whether it is known to be an error, for example by the type of the event. Then any value is one.</param>
    /// <param name="hasAnswer">Whether it holds a part of an answer, so that only certain fields are those of an error.</param>
    /// <returns>The fault, or null if the bytes are not an error object.</returns>
    public static ProviderFault? TryRead(ReadOnlySpan<byte> json, bool isError, bool hasAnswer = false)
    {
        var reader = new Utf8JsonReader(JsonText.RepairUnicode(NonFiniteNumbers.Replace(json)), JsonOptions.Reader);
        try
        {
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            return ProviderFaultReader.TryRead(document.RootElement, isError, hasAnswer);
        }
        catch (JsonException)
        {
            return isError ? new ProviderFault(null, Quote(json)) : null;
        }
    }

    /// <summary>
    /// Whether a JSON object has a field <c>error</c> that is not empty. In an event of an unknown format only this is certain:
    /// <c>code</c>, <c>message</c>, and <c>detail</c> may be anything, and a number may be a measurement.
    /// </summary>
    public static bool HasErrorField(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("\"error\""u8) < 0) return false;
        var reader = new Utf8JsonReader(json, JsonOptions.Reader);
        try
        {
            reader.RequireObject();
            while (reader.NextProperty())
            {
                bool isError = reader.Is("error"u8);
                reader.Read();
                ReadOnlySpan<byte> value = reader.Slice(json);
                if (isError && IsErrorValue(value)) return true;
            }
        }
        catch (JsonException)
        {
            // The caller that reads all of it reports that.
        }

        return false;
    }

    /// <summary>The start of some bytes in one line, for a message.</summary>
    public static string Quote(ReadOnlySpan<byte> bytes) => BodyQuote.Quote(bytes);

    // A number may be a measurement.
    private static bool IsErrorValue(ReadOnlySpan<byte> json) =>
        JsonText.ParseElement(json) is { ValueKind: not JsonValueKind.Number } value && !ErrorFields.IsNothing(value);

    private static bool IsTransientCode(string? code)
    {
        if (code is null) return false;
        string normalized = string.Concat(code.Where(char.IsLetterOrDigit));
        return TransientCodes.Any(part => normalized.Contains(part, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsNumberOrNull(string? code) => code is null || code.All(c => char.IsAsciiDigit(c) || c == '-');

    private bool HasTransientMessage() =>
        Message is not null && TransientMessages.Any(part => Message.Contains(part, StringComparison.OrdinalIgnoreCase));
}
