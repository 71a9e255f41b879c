using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Wires.OpenAI;

/// <summary>OpenAI's error object (platform.openai.com/docs/guides/error-codes), the same in an event and in an error response.</summary>
internal static class OpenAIError
{
    /// <summary>Writes the <c>error</c> property.</summary>
    public static void Write(Utf8JsonWriter json, WireFailure failure)
    {
        json.WriteStartObject("error"u8);
        json.WriteString("message"u8, failure.Message);
        json.WriteString("type"u8, TypeOf(failure));
        if (failure.Parameter is { } parameter) json.WriteString("param"u8, parameter);
        json.WriteString("code"u8, failure.Code);
        json.WriteEndObject();
    }

    private static ReadOnlySpan<byte> TypeOf(WireFailure failure) => failure.Status switch
    {
        StatusCodes.Status429TooManyRequests => "rate_limit_error"u8,
        StatusCodes.Status499ClientClosedRequest => "cancelled"u8,
        >= 400 and < 500 => "invalid_request_error"u8,
        _ => "server_error"u8,
    };
}
