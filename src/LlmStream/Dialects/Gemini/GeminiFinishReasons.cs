using System.Text.Json;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>Why a candidate ended (ai.google.dev/api/generate-content#FinishReason), and why a prompt was blocked.</summary>
internal static class GeminiFinishReasons
{
    /// <summary>The reason that the reader is on, as it was sent: a name or its number; null if there is none.</summary>
    public static string? Read(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String when reader.HasName() && !reader.ValueSpan.EndsWith("_UNSPECIFIED"u8) => reader.Decode(),
        JsonTokenType.Number when !reader.ValueSpan.SequenceEqual("0"u8) => System.Text.Encoding.ASCII.GetString(reader.ValueSpan),
        _ => null,
    };

    /// <summary>
    /// The meaning of a reason. Only the numbers that mean the same in the Gemini API and in Vertex AI are read; unknown reasons
    /// are passed on as they are.
    /// </summary>
    /// <param name="reason">The reason, as it was sent.</param>
    /// <param name="hasCalls">Whether the candidate calls tools, for which this API has no reason.</param>
    public static ChatFinishReason Understand(string reason, bool hasCalls) => reason switch
    {
        "STOP" or "stop" or "1" => hasCalls ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop,
        "2" => ChatFinishReason.Length,
        "3" or "4" or "7" or "8" => ChatFinishReason.ContentFilter,
        _ => FinishReasonNames.Common.ToReason(reason),
    };
}
