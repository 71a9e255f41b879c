using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.OpenAI;

/// <summary>
/// OpenAI's usage object. As in <see cref="UsageDetails"/>, cached tokens are input tokens, and reasoning tokens output tokens.
/// </summary>
internal static class OpenAIUsage
{
    /// <summary>Writes the object.</summary>
    public static void Write(Utf8JsonWriter json, UsageDetails usage)
    {
        long input = usage.InputTokenCount ?? 0, output = usage.OutputTokenCount ?? 0;
        json.WriteStartObject();
        json.WriteNumber("prompt_tokens"u8, input);
        json.WriteNumber("completion_tokens"u8, output);
        json.WriteNumber("total_tokens"u8, usage.TotalTokenCount ?? input + output);
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
