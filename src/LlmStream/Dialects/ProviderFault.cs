using System.Text;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>An error that a provider reported.</summary>
internal sealed record ProviderFault(string? Code, string? Message)
{
    // Parts of the codes and types of errors that are temporary.
    private static readonly string[] TransientCodes =
    [
        "rate_limit", "ratelimit", "throttl", "limitexceeded.requests", "overload", "server_error", "servererror", "internal",
        "unavailable", "api_error", "timeout", "timed_out", "insufficient_system_resource", "network_error", "busy", "deadline_exceeded",
        "cancelled", "aborted",
    ];

    private readonly bool? _isTransient;

    /// <summary>The HTTP status that the report contains, or null.</summary>
    public int? Status { get; init; }

    public string? RequestId { get; init; }

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
        get => _isTransient ?? (Status is { } status ? IsTransientStatus(status) : IsTransientCode(Code));
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
    /// <returns>The fault, or null if the bytes are not an error object.</returns>
    public static ProviderFault? TryRead(ReadOnlySpan<byte> json, bool isError)
    {
        var reader = new Utf8JsonReader(JsonText.RepairUnicode(json), JsonOptions.Reader);
        try
        {
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            return ProviderFaultReader.TryRead(document.RootElement, isError);
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
                if (isError && IsErrorValue(ref reader)) return true;
                reader.Skip();
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

    private static bool IsErrorValue(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String: return reader.HasText();
            case JsonTokenType.True: return true;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                Utf8JsonReader first = reader;
                return first.Read() && first.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray);
            default: return false;
        }
    }

    private static bool IsTransientCode(string? code) =>
        code is not null && TransientCodes.Any(part => code.Contains(part, StringComparison.OrdinalIgnoreCase));
}
