using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>An error that a provider reported, in whatever shape it did.</summary>
internal sealed record ProviderFault(string? Code, string? Message)
{
    /// <summary>The HTTP status that the report names, or null.</summary>
    public int? Status { get; init; }

    public string? RequestId { get; init; }

    /// <summary>Google's name for the exact cause, such as <c>API_KEY_INVALID</c>, where the status only says that the request is invalid.</summary>
    public string? Reason { get; init; }

    /// <summary>How long to wait, where the report says so: Google says it there, and not in a header.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the same request may succeed when it is sent again. What nothing is known of is taken for final.</summary>
    public bool IsTransient => Status is { } status ? IsTransientStatus(status) : IsTransientCode(Code);

    /// <summary>
    /// Whether the account's quota is used up. OpenAI reports that with the status of a rate limit (429), but waiting does not help.
    /// </summary>
    public bool IsQuotaExhausted => Code is "insufficient_quota" or "billing_hard_limit_reached";

    /// <summary>Whether the key is invalid. Google reports that with the status of an invalid request (400).</summary>
    public bool IsInvalidKey => Reason is "API_KEY_INVALID";

    public static bool IsTransientStatus(int status) => status is 408 or 409 or 425 or 429 or 499 or >= 500; // 499: Google's CANCELLED, on its side

    /// <summary>
    /// Reads an error object in any of the shapes that providers are known to send:
    /// <c>{"error":{message,type,code,status}}</c> (OpenAI and most others), <c>{"error":"…"}</c> (xAI, Ollama),
    /// <c>{code,message,request_id}</c> (DashScope), <c>{"object":"error",message,code}</c> (Mistral, vLLM),
    /// <c>{"Response":{"Error":{Code,Message},RequestId}}</c> (Tencent Cloud), <c>{"detail":…}</c> (FastAPI).
    /// </summary>
    /// <param name="json">The bytes of one JSON value.</param>
    /// <param name="isError">
    /// Whether something else has said already that this is an error, such as the event's type: then any object is one.
    /// </param>
    /// <returns>The fault, or null where the bytes are no error object.</returns>
    public static ProviderFault? TryRead(ReadOnlySpan<byte> json, bool isError)
    {
        var reader = new Utf8JsonReader(JsonText.Mend(json), JsonOptions.Reader);
        try
        {
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            return TryRead(document.RootElement, isError);
        }
        catch (JsonException)
        {
            return isError ? new ProviderFault(null, Quote(json)) : null;
        }
    }

    /// <summary>
    /// Whether a JSON object has a field <c>error</c> that says something. In an event of which nothing else is known that is
    /// the one sure sign: <c>code</c>, <c>message</c> and <c>detail</c> are words of any trade, and a number is a measurement.
    /// </summary>
    public static bool HasErrorField(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("\"error\""u8) < 0) return false;
        var reader = new Utf8JsonReader(json, JsonOptions.Reader);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.NextProperty())
            {
                bool isError = reader.Is("error"u8);
                reader.Read();
                if (isError && SaysSomething(ref reader)) return true;
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // Who reads the whole of it will say so.
        }

        return false;
    }

    /// <summary>The start of some bytes, made fit to stand in a message.</summary>
    public static string Quote(ReadOnlySpan<byte> bytes)
    {
        const int Limit = 200;
        bool isLonger = bytes.Length > Limit;
        string text = Encoding.UTF8.GetString(isLonger ? bytes[..Limit] : bytes);
        var quoted = new StringBuilder(text.Length);
        foreach (char c in text.Trim()) quoted.Append(char.IsControl(c) ? ' ' : c);
        return isLonger ? quoted.Append('…').ToString() : quoted.ToString();
    }

    private static bool SaysSomething(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String: return !reader.ValueSpan.IsEmpty;
            case JsonTokenType.True: return true;
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                Utf8JsonReader first = reader;
                return first.Read() && first.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray);
            default: return false;
        }
    }

    private static ProviderFault? TryRead(JsonElement root, bool isError)
    {
        if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0) root = root[0];
        if (root.ValueKind == JsonValueKind.String) return isError ? new ProviderFault(null, root.GetString()) : null;
        if (root.ValueKind != JsonValueKind.Object) return null;

        string? requestId = root.TextOrNumber("request_id", "RequestId", "id");
        if (root.TryGetProperty("Response", out JsonElement response) && response.ValueKind == JsonValueKind.Object
            && response.TryGetProperty("Error", out JsonElement tencent) && tencent.ValueKind == JsonValueKind.Object)
        {
            return new ProviderFault(tencent.TextOrNumber("Code"), tencent.TextOrNumber("Message")) { RequestId = response.TextOrNumber("RequestId") };
        }

        foreach (string name in (ReadOnlySpan<string>)["error", "Error", "errors", "ErrorMsg"])
        {
            if (root.TryGetProperty(name, out JsonElement error) && FromError(error, root) is { } fault) return fault with { RequestId = requestId };
        }

        bool saysError = isError || string.Equals(root.TextOrNumber("object"), "error", StringComparison.Ordinal)
            || (root.TryGetProperty("code", out _) && root.TryGetProperty("message", out _));
        string? message = root.TextOrNumber("message", "detail", "msg") ?? Raw(root, "detail");
        if (!saysError && (message is null || !root.TryGetProperty("detail", out _))) return null;
        // That it is an error is no code: it is how OpenAI's Responses call the event.
        string? type = root.TextOrNumber("type") is { } word && word != "error" ? word : null;
        return new ProviderFault(root.TextOrNumber("code") ?? type, message ?? root.GetRawText()) { Status = StatusOf(root), RequestId = requestId };
    }

    private static ProviderFault? FromError(JsonElement error, JsonElement root)
    {
        switch (error.ValueKind)
        {
            case JsonValueKind.String when error.GetString() is { Length: > 0 } message:
                return new ProviderFault(root.TextOrNumber("code", "type"), message) { Status = StatusOf(root) };

            case JsonValueKind.Array when error.GetArrayLength() > 0:
                return FromError(error[0], root);

            case JsonValueKind.Object when error.EnumerateObject().Any():
                // Google names the status in words beside the number; where there is no code the type says what it is.
                string? number = error.TextOrNumber("code", "Code");
                bool isNumber = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _);
                string? code = (isNumber ? error.TextOrNumber("status") is { } s && !int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out _) ? s : null : null)
                    ?? number ?? error.TextOrNumber("type", "status");
                string? words = error.TextOrNumber("message", "Message", "msg", "Msg", "detail");
                return new ProviderFault(code, words ?? error.GetRawText())
                {
                    Status = StatusOf(error) ?? StatusOf(root),
                    Reason = Detail(error, "reason"),
                    RetryAfter = Duration(Detail(error, "retryDelay")),
                };

            default:
                return null;
        }
    }

    /// <summary>A field of one of the <c>details</c> that Google adds to an error (cloud.google.com/apis/design/errors#error_details).</summary>
    private static string? Detail(JsonElement error, string name) =>
        error.TryGetProperty("details", out JsonElement details) && details.ValueKind == JsonValueKind.Array
            ? details.EnumerateArray().Where(detail => detail.ValueKind == JsonValueKind.Object).Select(detail => detail.TextOrNumber(name)).FirstOrDefault(text => text is not null)
            : null;

    /// <summary>A duration as protocol buffers have it in JSON: <c>13.5s</c>.</summary>
    private static TimeSpan? Duration(string? text) =>
        text is [.. var number, 's'] && double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds < int.MaxValue
            ? TimeSpan.FromSeconds(seconds)
            : null;

    /// <summary>A number among <c>status</c>, <c>status_code</c> and <c>code</c> that can be an HTTP status.</summary>
    private static int? StatusOf(JsonElement element)
    {
        foreach (string name in (ReadOnlySpan<string>)["status_code", "status", "code"])
        {
            if (int.TryParse(element.TextOrNumber(name), NumberStyles.None, CultureInfo.InvariantCulture, out int status) && status is >= 400 and <= 599)
                return status;
        }

        return null;
    }

    private static bool IsTransientCode(string? code) => code is not null && Transient.Any(part => code.Contains(part, StringComparison.OrdinalIgnoreCase));

    // The codes and types of errors that pass: OpenAI's server_error and rate_limit_exceeded, Anthropic's overloaded_error and api_error,
    // DashScope's Throttling and InternalError, DeepSeek's insufficient_system_resource, Google's UNAVAILABLE.
    private static readonly string[] Transient =
    [
        "rate_limit", "ratelimit", "throttl", "limitexceeded.requests", "overload", "server_error", "servererror", "internal",
        "unavailable", "api_error", "timeout", "timed_out", "insufficient_system_resource", "network_error", "busy", "deadline_exceeded", "cancelled", "aborted",
    ];

    private static string? Raw(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? value.GetRawText() : null;
}
