using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.AgUI;

/// <summary>
/// The usage of an answer: one entry for each attempt, because each is billed. Within an attempt the latest counts, because providers
/// report totals.
/// </summary>
internal sealed class AgUIUsage(string? requestedModel)
{
    private readonly List<(int Attempt, string? Model, UsageDetails Usage)> _attempts = [];

    public void Add(ChatDelta delta)
    {
        if (delta.Usage is not { } usage) return;
        int attempt = delta.Stream.Attempt;
        if (_attempts.Count > 0 && _attempts[^1].Attempt == attempt) _attempts.RemoveAt(_attempts.Count - 1);
        _attempts.Add((attempt, delta.Stream.Model, usage));
    }

    /// <summary>Writes the property <c>usage</c>, if there is any.</summary>
    public void Write(Utf8JsonWriter json)
    {
        if (_attempts.Count == 0) return;
        json.WriteStartArray("usage"u8);
        foreach ((_, string? model, UsageDetails usage) in _attempts)
        {
            json.WriteStartObject();
            if ((model ?? requestedModel) is { } name) json.WriteString("model"u8, name);
            Write(json, "inputTokens"u8, usage.InputTokenCount);
            Write(json, "outputTokens"u8, usage.OutputTokenCount);
            Write(json, "totalTokens"u8, usage.TotalTokenCount ?? usage.InputTokenCount + usage.OutputTokenCount);
            Write(json, "reasoningTokens"u8, usage.ReasoningTokenCount);
            Write(json, "cachedInputTokens"u8, usage.CachedInputTokenCount);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // A client refuses the whole event if a number is negative.
    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? count)
    {
        const long MaxSafeInteger = (1L << 53) - 1;
        if (count is >= 0 and <= MaxSafeInteger) json.WriteNumber(name, count.Value);
    }
}
