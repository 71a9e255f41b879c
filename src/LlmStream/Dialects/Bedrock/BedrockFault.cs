using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Dialects.Bedrock;

/// <summary>The exceptions within a stream (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html).</summary>
internal static class BedrockFault
{
    /// <summary>Reads an exception. Its type is the code; its payload has the message, and, of an error of the model, its status.</summary>
    public static ProviderFault Read(string type, ReadOnlySpan<byte> payload)
    {
        string? message = null, original = null;
        var reader = new Utf8JsonReader(JsonText.RepairUnicode(payload), JsonOptions.Reader);
        if (reader.Read() && reader.TryEnterObject())
        {
            while (reader.NextProperty())
            {
                if (reader.Is("message"u8) || reader.Is("Message"u8)) message = reader.ReadString();
                else if (reader.Is("originalMessage"u8)) original = reader.ReadString();
                else reader.Skip();
            }
        }

        message = (message, original) switch
        {
            (null, _) => original,
            (_, null) => message,
            _ => message.Contains(original, StringComparison.Ordinal) ? message : $"{message} ({original})",
        };
        var fault = new ProviderFault(type, message ?? ProviderFault.Quote(payload));
        int? status = StatusOf(type);
        // Of this one the documentation says to retry the request.
        return type.StartsWith("modelStreamError", StringComparison.OrdinalIgnoreCase)
            ? fault with { Status = status, IsTransient = true }
            : fault with { Status = status };
    }

    /// <summary>The HTTP status that the documentation states for an exception, in the spelling of streams or of responses.</summary>
    private static int? StatusOf(string type) => type.ToUpperInvariant() switch
    {
        "VALIDATIONEXCEPTION" => 400,
        "ACCESSDENIEDEXCEPTION" => 403,
        "RESOURCENOTFOUNDEXCEPTION" => 404,
        "MODELTIMEOUTEXCEPTION" => 408,
        "MODELSTREAMERROREXCEPTION" or "MODELERROREXCEPTION" => 424,
        "THROTTLINGEXCEPTION" or "MODELNOTREADYEXCEPTION" => 429,
        "INTERNALSERVEREXCEPTION" or "INTERNALFAILURE" => 500,
        "SERVICEUNAVAILABLEEXCEPTION" => 503,
        _ => null,
    };
}
