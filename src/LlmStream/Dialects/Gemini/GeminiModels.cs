using System.Globalization;
using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>What differs from model to model (ai.google.dev/gemini-api/docs/thinking). A model that is not known is taken for a new one.</summary>
internal static class GeminiModels
{
    private const double Newest = 99;

    /// <summary>Whether it thinks before it answers, so that the answer cannot be gone on with from a last message.</summary>
    public static bool Thinks(JsonObject body)
    {
        string model = Dialect.ModelOf(body).ToLowerInvariant();
        if (!TakesThinkingConfig(model)) return false;
        var thinking = (body["generationConfig"] as JsonObject)?["thinkingConfig"] as JsonObject;
        if (thinking is not null && JsonNodes.ToInt64(thinking["thinkingBudget"]) is { } budget) return budget != 0;
        // The small ones think when they are told to.
        return !model.Contains("flash-lite", StringComparison.Ordinal) || thinking is not null;
    }

    /// <summary>Whether a signature is missed on a function call that has none: the model refuses the request.</summary>
    public static bool WantsSignatures(string model) => model.Contains("gemini", StringComparison.OrdinalIgnoreCase) && VersionOf(model.ToLowerInvariant()) >= 3;

    /// <summary>How much it is to think: a budget of tokens up to 2.5, a level from 3 on; null for a model that does not think.</summary>
    public static JsonObject? Thinking(string model, ReasoningEffort effort)
    {
        model = model.ToLowerInvariant();
        if (!TakesThinkingConfig(model)) return null;
        bool isPro = model.Contains("pro", StringComparison.Ordinal);
        if (VersionOf(model) >= 3)
        {
            return new JsonObject
            {
                ["thinkingLevel"] = effort switch
                {
                    ReasoningEffort.None => isPro ? "low" : "minimal", // it cannot be switched off
                    ReasoningEffort.Low => "low",
                    ReasoningEffort.Medium => model.Contains("3-pro", StringComparison.Ordinal) ? "high" : "medium", // the first of them has no middle
                    _ => "high",
                },
            };
        }

        return new JsonObject
        {
            ["thinkingBudget"] = effort switch
            {
                ReasoningEffort.None => isPro ? 128 : 0, // the least that each takes
                ReasoningEffort.Low => 1024,
                ReasoningEffort.Medium => 8192,
                ReasoningEffort.ExtraHigh when isPro => 32768,
                _ => 24576,
            },
        };
    }

    private static bool TakesThinkingConfig(string model) => VersionOf(model) >= 2.5 && !model.Contains("gemma", StringComparison.Ordinal);

    /// <summary>The number behind <c>gemini-</c>; of names without one, such as <c>gemini-flash-latest</c>, the newest.</summary>
    private static double VersionOf(string model)
    {
        const string family = "gemini-";
        int at = model.IndexOf(family, StringComparison.Ordinal);
        if (at < 0) return Newest;
        ReadOnlySpan<char> rest = model.AsSpan(at + family.Length);
        int length = rest.IndexOfAnyExcept("0123456789.");
        return double.TryParse(length < 0 ? rest : rest[..length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double version) ? version : Newest;
    }
}
