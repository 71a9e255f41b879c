using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace LlmStream.AspNetCore.Wires;

/// <summary>The body of an error response as problem details (RFC 9457), with the failure's code.</summary>
internal static class ProblemDetailsBody
{
    public static void Write(IBufferWriter<byte> output, WireFailure failure)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        json.WriteString("type"u8, "about:blank"u8);
        json.WriteString("title"u8, ReasonPhrases.GetReasonPhrase(failure.Status));
        json.WriteNumber("status"u8, failure.Status);
        json.WriteString("detail"u8, failure.Message);
        json.WriteString("code"u8, failure.Code);
        json.WriteEndObject();
    }
}
