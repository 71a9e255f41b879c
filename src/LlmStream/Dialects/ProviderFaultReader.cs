using System.Globalization;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>Finds the error in an event or a body, in all forms and at all places in which providers are known to send one.</summary>
/// <remarks>
/// <list type="number">
/// <item>
/// A field for errors (<see cref="ErrorFields.IsErrorName"/>) that holds anything: an object, a text, a list, or JSON in a string. At
/// the top, in <c>x_groq</c> (Groq), in <c>Response</c> (Tencent Cloud) and <c>ResponseMetadata</c> (Volcengine), in an element of
/// <c>choices</c> (OpenRouter), and in its <c>delta</c> or <c>message</c>.
/// </item>
/// <item>
/// A status object whose code is not that of a success: <c>base_resp:{status_code,status_msg}</c> (MiniMax),
/// <c>header:{code,message}</c> (iFlytek Spark), <c>status:{code,message}</c> (SenseNova).
/// </item>
/// <item>A code for errors that is not that of a success: <c>{error_code,error_msg}</c> (Baidu, Databricks).</item>
/// <item>
/// An object that is an error itself: <c>{code,message}</c> (DashScope, SAP, Spark), <c>{statusCode,message}</c> (Azure API
/// Management), <c>{"type":"error",…}</c>, <c>{"object":"error",…}</c> (vLLM, Mistral), <c>{message,type}</c> with the type of an
/// error, <c>{"__type":"ThrottlingException",…}</c> (AWS), <c>{"success":false,…}</c> (Cloudflare, Snowflake), <c>{"detail":…}</c>
/// (FastAPI), <c>{status,title}</c> (RFC 9457). Only if the event holds nothing of an answer: there these fields may be anything.
/// </item>
/// </list>
/// A field that holds nothing, or a success in words or as a code, is no error: <see cref="ErrorFields.IsNothing"/>.
/// </remarks>
internal static class ProviderFaultReader
{
    private const int MaxNesting = 8;

    /// <param name="root">The event or body, or a list that begins with it.</param>
    /// <param name="isError">Whether it is known to be an error. Then any object and any string is one.</param>
    /// <param name="hasAnswer">Whether it holds a part of an answer, so that its fields need not be those of an error.</param>
    /// <returns>The error; null if there is none.</returns>
    public static ProviderFault? TryRead(JsonElement root, bool isError, bool hasAnswer = false) =>
        TryRead(root, isError, hasAnswer, MaxNesting);

    private static ProviderFault? TryRead(JsonElement root, bool isError, bool hasAnswer, int nesting)
    {
        if (nesting == 0) return null;
        switch (root.ValueKind)
        {
            case JsonValueKind.Array when root.GetArrayLength() > 0:
                return TryRead(root[0], isError, hasAnswer, nesting - 1);
            case JsonValueKind.String:
                string text = root.GetString()!;
                return JsonInText(text) is { } json && TryRead(json, isError, hasAnswer: false, nesting - 1) is { } fault ? fault
                    : isError ? new ProviderFault(null, text)
                    : null;
            case JsonValueKind.Object:
                return FindError(root, nesting) ?? ReadStatus(root) ?? ReadErrorCode(root)
                    ?? (isError || (!hasAnswer && IsError(root)) ? Create(root, root) : null);
            default:
                return null;
        }
    }

    /// <summary>The error in a field for errors, at any of its places.</summary>
    private static ProviderFault? FindError(JsonElement root, int nesting)
    {
        foreach (JsonProperty field in root.EnumerateObject())
        {
            if (!ErrorFields.IsErrorName(field.Name)) continue;
            // {"error_code":0,"error_msg":"…"}
            bool isMessage = field.Value.ValueKind == JsonValueKind.String && !string.Equals(field.Name, "error", StringComparison.Ordinal);
            if (isMessage && ErrorFields.HasSuccessCode(root)) continue;
            if (ReadError(field, root, nesting) is { } fault) return fault;
        }

        foreach (JsonElement place in ErrorFields.PlacesIn(root))
        {
            if (nesting > 1 && FindError(place, nesting - 1) is { } fault)
                return fault with { RequestId = fault.RequestId ?? RequestIdOf(root) };
        }

        return null;
    }

    private static ProviderFault? ReadError(JsonProperty field, JsonElement owner, int nesting)
    {
        JsonElement error = field.Value;
        if (ErrorFields.IsNothing(error)) return null;
        switch (error.ValueKind)
        {
            case JsonValueKind.String:
                string text = error.GetString()!;
                if (JsonInText(text) is { ValueKind: JsonValueKind.Object } json && nesting > 1
                    && TryRead(json, isError: true, hasAnswer: false, nesting - 1) is { } inner)
                    return inner with { RequestId = inner.RequestId ?? RequestIdOf(owner) };
                // A text for people may be next to one for programs: {"error":"Internal Server Error","message":"…"}.
                return Create(owner, owner) with { Message = text };

            case JsonValueKind.Array:
                return error.EnumerateArray().FirstOrDefault(item => !ErrorFields.IsNothing(item)) switch
                {
                    { ValueKind: JsonValueKind.String } item => Create(owner, owner) with { Message = item.GetString() },
                    { ValueKind: JsonValueKind.Object } item => Create(item, owner),
                    _ => Create(owner, owner),
                };

            case JsonValueKind.Object:
                // {"error":{"error":{…}}}
                bool isWrapped = error.Text("message") is null && nesting > 1;
                if (isWrapped && FindError(error, nesting - 1) is { } nested)
                    return nested with { RequestId = nested.RequestId ?? RequestIdOf(owner) };
                ProviderFault fault = Create(error, owner);
                // {"throttlingException":{…}}: Bedrock
                bool isNamed = field.Name.EndsWith("exception", StringComparison.OrdinalIgnoreCase);
                return isNamed ? fault with { Code = fault.Code ?? field.Name } : fault;

            // A number may be a measurement, and true a setting, unless there is a message.
            default:
                return ErrorFields.MessageOf(owner) is null ? null : Create(owner, owner);
        }
    }

    /// <summary>A status object that reports a failure.</summary>
    private static ProviderFault? ReadStatus(JsonElement root)
    {
        foreach (string name in (ReadOnlySpan<string>)["base_resp", "header", "status"])
        {
            if (!root.TryGetField(name, out JsonElement status) || status.ValueKind != JsonValueKind.Object) continue;
            if (ErrorFields.CodeOf(status) is { } code && !ErrorFields.IsSuccess(code)) return Create(status, root) with { Code = code };
        }

        return null;
    }

    /// <summary>A code in a field that only errors have, and that is not that of a success.</summary>
    private static ProviderFault? ReadErrorCode(JsonElement root) =>
        ErrorFields.ErrorCodeOf(root) is { } code && !ErrorFields.IsSuccess(code) ? Create(root, root) : null;

    /// <summary>Whether an object without a part of an answer is an error itself.</summary>
    private static bool IsError(JsonElement root)
    {
        if (ErrorFields.HasErrorType(root)) return true;
        string? message = ErrorFields.MessageOf(root);
        if (root.TryGetField("success", out JsonElement success) && success.ValueKind == JsonValueKind.False) return message is not null;
        if (message is null || ErrorFields.HasSuccessCode(root)) return false;
        return ErrorFields.HasCode(root) || root.TryGetField("detail", out _) || ErrorFields.StatusOf(root) is not null;
    }

    /// <summary>Creates the fault of an error object.</summary>
    /// <param name="error">The object.</param>
    /// <param name="owner">The object that contains it, or the same.</param>
    private static ProviderFault Create(JsonElement error, JsonElement owner)
    {
        int? status = ErrorFields.StatusOf(error) ?? ErrorFields.StatusOf(owner);
        return new ProviderFault(ErrorFields.CodeOf(error) ?? CodeOf(status), ErrorFields.MessageOf(error) ?? error.GetRawText())
        {
            Status = status,
            Type = ErrorFields.TypeOf(error),
            RequestId = RequestIdOf(owner) ?? RequestIdOf(error),
            Reason = DetailOf(error, "reason"),
            RetryAfter = ToDuration(DetailOf(error, "retryDelay")),
        };
    }

    private static string? CodeOf(int? status) => status?.ToString(CultureInfo.InvariantCulture);

    private static string? RequestIdOf(JsonElement element) => element.TextOrNumber("request_id", "RequestId", "requestId", "id");

    /// <summary>JSON that was sent as a string; null if the string is something else.</summary>
    private static JsonElement? JsonInText(string text)
    {
        if (text.AsSpan().TrimStart() is not (['{', ..] or ['[', ..])) return null;
        try
        {
            return JsonText.ParseElement(System.Text.Encoding.UTF8.GetBytes(text));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A field of one of the <c>details</c> of an error (cloud.google.com/apis/design/errors#error_details).</summary>
    private static string? DetailOf(JsonElement error, string name) =>
        error.Items("details").Select(detail => detail.TextOrNumber(name)).FirstOrDefault(text => text is not null);

    /// <summary>A duration as protocol buffers have it in JSON: <c>13.5s</c>.</summary>
    private static TimeSpan? ToDuration(string? text) =>
        text is [.. var number, 's']
        && double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
        && seconds < int.MaxValue
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
