using System.Globalization;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Dialects;

/// <summary>The names of the fields in which providers report errors, and what their values mean.</summary>
internal static class ErrorFields
{
    /// <summary>
    /// The fields of an event that may hold an error although the event has a part of an answer. Decoders note them
    /// (<c>TakeErrorField</c>); <see cref="ProviderFaultReader"/> decides.
    /// </summary>
    public static FieldNames Suspicious { get; } = new(
        "error", "errors", "Error", "ErrorMsg", "error_msg", "error_message", "errorMessage", "error_code", "errorCode", "err", "exception",
        "fault", "base_resp");

    private static readonly string[] MessageNames =
    [
        "message", "Message", "msg", "Msg", "error_message", "errorMessage", "error_msg", "errorMsg", "err_msg", "errmsg", "status_msg",
        "faultstring", "error_description", "detail", "description", "title", "reason", "error", "Error",
    ];

    private static readonly string[] CodeNames = ["code", "Code", "error_code", "errorCode", "err_code", "errcode", "status_code"];

    private static readonly string[] TypeNames = ["type", "error_type", "errorType", "__type"];

    private static readonly string[] StatusNames =
        ["status_code", "statusCode", "status", "code", "httpCode", "http_code", "http_status", "originalStatusCode"];

    // The ends of types of errors, such as "invalid_request_error", "ThrottlingException", "rate_limit_exceeded".
    private static readonly string[] ErrorTypeEnds =
    [
        "error", "exception", "failed", "failure", "exceeded", "denied", "overloaded", "unavailable", "timeout", "notfound", "ratelimit",
        "invalidrequest", "unauthorized", "forbidden",
    ];

    /// <summary>
    /// The fields of an object without which it is no error, unless it has a field for errors or a type: its message, its code, and
    /// those that only errors have.
    /// </summary>
    public static FieldNames OfErrors { get; } = new(
    [
        .. MessageNames, "base_resp", "header", "status", "error_code", "errorCode", "err_code", "errcode", "error_type", "errorType",
        "__type",
    ]);

    /// <summary>The fields that may say by their value that the object is an error.</summary>
    public static FieldNames OfTypes { get; } = new("type", "object", "event");

    /// <summary>Whether a field of this name holds an error, unless it is empty.</summary>
    public static bool IsErrorName(string name) => IsNormalizedErrorName(Normalize(name));

    /// <summary>The same for the letters and digits of a name, in lower case.</summary>
    public static bool IsNormalizedErrorName(ReadOnlySpan<char> name) =>
        name is "error" or "errors" or "err" or "errormsg" or "errmsg" or "errormessage" or "fault"
        || name.EndsWith("exception", StringComparison.Ordinal);

    /// <summary>The objects within an event that may have a field for errors.</summary>
    public static IEnumerable<JsonElement> PlacesIn(JsonElement root)
    {
        string[] places = ["x_groq", "Response", "ResponseMetadata", "response", "output", "result", "final_result", "data"];
        foreach (string name in places)
        {
            if (root.TryGetField(name, out JsonElement place) && place.ValueKind == JsonValueKind.Object) yield return place;
        }

        foreach (string name in (string[])["choices", "Choices", "candidates"])
        {
            foreach (JsonElement choice in root.Items(name).Where(choice => choice.ValueKind == JsonValueKind.Object))
            {
                yield return choice;
                foreach (string part in (string[])["delta", "message", "Delta", "Message"])
                {
                    if (choice.TryGetField(part, out JsonElement place) && place.ValueKind == JsonValueKind.Object) yield return place;
                }
            }
        }
    }

    /// <summary>
    /// Whether a value of a field for errors reports none: null, false, 0, an empty text, list or object, a success in words, or an
    /// object of such values.
    /// </summary>
    public static bool IsNothing(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False or JsonValueKind.Undefined => true,
        JsonValueKind.Number => value.TryGetDouble(out double number) && number == 0,
        JsonValueKind.String => IsNoError(value.GetString()!),
        JsonValueKind.Array => value.EnumerateArray().All(IsNothing),
        JsonValueKind.Object => value.EnumerateObject().All(
            field => IsNothing(field.Value) || (IsCodeName(field.Name) && Text(field.Value) is { } code && IsSuccess(code))),
        _ => false,
    };

    /// <summary>Whether a code is that of a success: 0, an HTTP status of a success, or a word for it.</summary>
    public static bool IsSuccess(string code) =>
        IsNoError(code)
        || (int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is 0 or (>= 200 and <= 299));

    /// <summary>Whether an object has a code, and all its codes are those of a success.</summary>
    public static bool HasSuccessCode(JsonElement element)
    {
        bool any = false;
        foreach (JsonProperty field in element.EnumerateObject())
        {
            if (!IsCodeName(field.Name) || Text(field.Value) is not { } code) continue;
            if (!IsSuccess(code)) return false;
            any = true;
        }

        return any;
    }

    /// <summary>Whether an object says by its type that it is an error.</summary>
    public static bool HasErrorType(JsonElement element)
    {
        foreach (string name in (ReadOnlySpan<string>)["error_type", "errorType", "type", "object", "event", "status", "__type"])
        {
            if (element.Text(name) is not { } text) continue;
            if (name is "error_type" or "errorType" && !IsNoError(text)) return true;
            string type = Normalize(text);
            if (type is "error" or "failed" or "failure") return true;
            bool isErrorType = name is not ("event" or "status") && ErrorTypeEnds.Any(end => type.EndsWith(end, StringComparison.Ordinal));
            if (isErrorType && MessageOf(element) is not null) return true;
        }

        return false;
    }

    /// <summary>The text of an error object, or null.</summary>
    public static string? MessageOf(JsonElement element)
    {
        foreach (string name in MessageNames)
        {
            if (!element.TryGetField(name, out JsonElement value) || IsNothing(value)) continue;
            string? text = value.ValueKind switch
            {
                JsonValueKind.String => value.GetString(),
                JsonValueKind.Object when MessageOf(value) is { } inner => inner,
                JsonValueKind.Object or JsonValueKind.Array when name is "detail" or "message" => value.GetRawText(),
                _ => null,
            };
            if (text is not null) return text;
        }

        return null;
    }

    /// <summary>The code of an error. If that is a number, a status in words is preferred; if there is no code, the type.</summary>
    public static string? CodeOf(JsonElement error)
    {
        string? code = FirstText(error, CodeNames), status = error.TextOrNumber("status");
        if (status is not null && IsNoError(status)) status = null;
        bool isStatusInWords = status is not null && !IsNumber(status) && Normalize(status) is not ("error" or "failed" or "failure");
        if (isStatusInWords && (code is null || IsNumber(code)) && TypeOf(error) is null) return status;
        if (isStatusInWords && IsNumber(code)) return status;
        if ((code ?? TypeOf(error)) is { } named) return named;
        if (error.TryGetField("detail", out JsonElement detail) && detail.Text("errorcode") is { } nested) return nested; // Apigee
        return status is not null && IsNumber(status) ? status : FirstText(error, "statusCode", "httpCode", "grpcCode");
    }

    /// <summary>Whether an object has a field for a code, whatever it holds.</summary>
    public static bool HasCode(JsonElement element) => CodeNames.Any(name => element.TryGetField(name, out _));

    /// <summary>The code in a field that only errors have; null if there is none.</summary>
    public static string? ErrorCodeOf(JsonElement root) => FirstText(root, "error_code", "errorCode", "err_code", "errcode");

    /// <summary>The type of an error. That an event is an error, and the address of a description, are no types.</summary>
    public static string? TypeOf(JsonElement error) =>
        FirstText(error, TypeNames) is { } type && Normalize(type) != "error" && !type.Contains("://", StringComparison.Ordinal)
            ? type
            : null;

    /// <summary>The first number that can be the HTTP status of an error.</summary>
    public static int? StatusOf(JsonElement element)
    {
        foreach (string name in StatusNames)
        {
            bool isNumber = int.TryParse(element.TextOrNumber(name), NumberStyles.None, CultureInfo.InvariantCulture, out int status);
            if (isNumber && status is >= 400 and <= 599) return status;
        }

        return null;
    }

    /// <summary>Whether a text says nothing, or that there is no error.</summary>
    public static bool IsNoError(string text) =>
        JsonText.IsBlank(text)
        || Normalize(text) is "0" or "null" or "none" or "nil" or "ok" or "success" or "successful" or "succeeded" or "succeed"
            or "noerror" or "noerrors" or "成功";

    private static bool IsCodeName(string name) => CodeNames.Contains(name) || name is "status" or "statusCode";

    private static bool IsNumber(string? text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    private static string? FirstText(JsonElement element, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            string? text = element.TryGetField(name, out JsonElement value) ? Text(value) : null;
            if (!string.IsNullOrWhiteSpace(text)) return text;
        }

        return null;
    }

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        _ => null,
    };

    private static string Normalize(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
}
