using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.OpenAI;

/// <summary>
/// OpenAI's usage object. As in <see cref="UsageDetails"/>, cached tokens are input tokens, and reasoning tokens output tokens. Counts
/// that the provider did not report are left out: 0 would be wrong.
/// </summary>
internal static class OpenAIUsage
{
    /// <summary>Writes the object.</summary>
    public static void Write(Utf8JsonWriter json, UsageDetails usage)
    {
        json.WriteStartObject();
        if (usage.InputTokenCount is { } input) json.WriteNumber("prompt_tokens"u8, input);
        if (usage.OutputTokenCount is { } output) json.WriteNumber("completion_tokens"u8, output);
        if (WireUsage.TotalOf(usage) is { } total) json.WriteNumber("total_tokens"u8, total);
        if (usage.CachedInputTokenCount is { } cached)
        {
            json.WriteStartObject("prompt_tokens_details"u8);
            json.WriteNumber("cached_tokens"u8, cached);
            json.WriteEndObject();
        }

        if (usage.ReasoningTokenCount is { } reasoning)
        {
            json.WriteStartObject("completion_tokens_details"u8);
            json.WriteNumber("reasoning_tokens"u8, reasoning);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
