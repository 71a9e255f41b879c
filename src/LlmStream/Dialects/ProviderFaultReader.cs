using System.Globalization;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>Reads error objects in all forms that providers are known to send.</summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>{"error":{message,type,code,status}}</c>, also as <c>Error</c>, <c>ErrorMsg</c>, or in an array</item>
/// <item><c>{"error":"…"}</c>, also as <c>errors</c> with an array</item>
/// <item><c>{code,message,request_id}</c></item>
/// <item><c>{"object":"error",message,code}</c></item>
/// <item><c>{"Response":{"Error":{Code,Message},RequestId}}</c></item>
/// <item><c>{"detail":…}</c></item>
/// </list>
/// </remarks>
internal static class ProviderFaultReader
{
    /// <param name="root">The error object, or a list that begins with it.</param>
    /// <param name="isError">Whether it is known to be an error. Then any object and any string is one.</param>
    public static ProviderFault? TryRead(JsonElement root, bool isError)
    {
        if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0) root = root[0];
        if (root.ValueKind == JsonValueKind.String) return isError ? new ProviderFault(null, root.GetString()) : null;
        if (root.ValueKind != JsonValueKind.Object) return null;

        if (root.TryGetProperty("Response", out JsonElement response) && response.ValueKind == JsonValueKind.Object
            && response.TryGetProperty("Error", out JsonElement nested) && nested.ValueKind == JsonValueKind.Object)
        {
            string? code = nested.TextOrNumber("Code"), message = nested.TextOrNumber("Message");
            return new ProviderFault(code, message) { RequestId = response.TextOrNumber("RequestId") };
        }

        string? requestId = root.TextOrNumber("request_id", "RequestId", "id");
        foreach (string name in (ReadOnlySpan<string>)["error", "Error", "errors", "ErrorMsg"])
        {
            if (root.TryGetProperty(name, out JsonElement error) && TryReadError(error, root) is { } fault)
                return fault with { RequestId = requestId };
        }

        isError |= string.Equals(root.TextOrNumber("object"), "error", StringComparison.Ordinal)
            || (root.TryGetProperty("code", out _) && root.TryGetProperty("message", out _));
        string? text = root.TextOrNumber("message", "Message", "detail", "msg") ?? Raw(root, "detail");
        if (!isError && (text is null || !root.TryGetProperty("detail", out _))) return null;
        string? type = root.TextOrNumber("type") is { } found && found != "error" ? found : null; // "error" is the type of the event
        return new ProviderFault(root.TextOrNumber("code") ?? type, text ?? root.GetRawText())
        {
            Status = StatusOf(root), RequestId = requestId,
        };
    }

    private static ProviderFault? TryReadError(JsonElement error, JsonElement root)
    {
        switch (error.ValueKind)
        {
            case JsonValueKind.String when error.GetString() is { Length: > 0 } message:
                return new ProviderFault(root.TextOrNumber("code", "type"), message) { Status = StatusOf(root) };

            case JsonValueKind.Array when error.GetArrayLength() > 0:
                return TryReadError(error[0], root);

            case JsonValueKind.Object when error.EnumerateObject().Any():
                string? text = error.TextOrNumber("message", "Message", "msg", "Msg", "detail");
                return new ProviderFault(CodeOf(error), text ?? error.GetRawText())
                {
                    Status = StatusOf(error) ?? StatusOf(root),
                    Reason = DetailOf(error, "reason"),
                    RetryAfter = ToDuration(DetailOf(error, "retryDelay")),
                };

            default:
                return null;
        }
    }

    /// <summary>The code of an error. If that is a number, a status in words is preferred; if there is no code, the type.</summary>
    private static string? CodeOf(JsonElement error)
    {
        string? code = error.TextOrNumber("code", "Code"), status = error.TextOrNumber("status");
        bool isStatusPreferred = IsNumber(code) && status is not null && !IsNumber(status);
        return isStatusPreferred ? status : code ?? error.TextOrNumber("type") ?? status;
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

    /// <summary>The first number of <c>status_code</c>, <c>status</c>, and <c>code</c> that can be the HTTP status of an error.</summary>
    private static int? StatusOf(JsonElement element)
    {
        foreach (string name in (ReadOnlySpan<string>)["status_code", "status", "code"])
        {
            bool isNumber = int.TryParse(element.TextOrNumber(name), NumberStyles.None, CultureInfo.InvariantCulture, out int status);
            if (isNumber && status is >= 400 and <= 599) return status;
        }

        return null;
    }

    private static bool IsNumber(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static string? Raw(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind is JsonValueKind.Object or JsonValueKind.Array
            ? value.GetRawText()
            : null;
}
