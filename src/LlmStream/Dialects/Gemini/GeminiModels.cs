using System.Globalization;
using System.Text.Json.Nodes;
using LlmStream.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Dialects.Gemini;

/// <summary>How models differ (ai.google.dev/gemini-api/docs/thinking). An unknown model is treated like the newest.</summary>
internal static class GeminiModels
{
    private const double Newest = 99;

    /// <summary>Whether the model of a body reasons before it answers, so that a trailing assistant message cannot be continued.</summary>
    public static bool Thinks(JsonObject body)
    {
        string model = Dialect.ModelOf(body).ToLowerInvariant();
        if (!TakesThinkingConfig(model)) return false;
        var thinking = (body["generationConfig"] as JsonObject)?["thinkingConfig"] as JsonObject;
        if (thinking?["thinkingBudget"].AsInt64() is { } budget) return budget != 0;
        // The smallest models reason only on request.
        return !model.Contains("flash-lite", StringComparison.Ordinal) || thinking is not null;
    }

    /// <summary>Whether the model refuses a function call without a signature: from Gemini 3 on.</summary>
    public static bool RequiresSignatures(string model) =>
        model.Contains("gemini", StringComparison.OrdinalIgnoreCase) && VersionOf(model.ToLowerInvariant()) >= 3;

    /// <summary>How much the model reasons: a budget of tokens up to 2.5, a level from 3 on; null for a model without reasoning.</summary>
    public static JsonObject? Thinking(string model, ReasoningEffort effort)
    {
        model = model.ToLowerInvariant();
        if (!TakesThinkingConfig(model)) return null;
        return VersionOf(model) >= 3
            ? new JsonObject { ["thinkingLevel"] = LevelOf(model, effort) }
            : new JsonObject { ["thinkingBudget"] = BudgetOf(model, effort) };
    }

    private static string LevelOf(string model, ReasoningEffort effort) => effort switch
    {
        ReasoningEffort.None => IsPro(model) ? "low" : "minimal", // reasoning cannot be turned off
        ReasoningEffort.Low => "low",
        ReasoningEffort.Medium => model.Contains("3-pro", StringComparison.Ordinal) ? "high" : "medium", // 3 Pro has no medium level
        _ => "high",
    };

    private static int BudgetOf(string model, ReasoningEffort effort) => effort switch
    {
        ReasoningEffort.None => IsPro(model) ? 128 : 0, // the smallest that each model accepts
        ReasoningEffort.Low => 1024,
        ReasoningEffort.Medium => 8192,
        ReasoningEffort.ExtraHigh when IsPro(model) => 32768,
        _ => 24576,
    };

    private static bool IsPro(string model) => model.Contains("pro", StringComparison.Ordinal);

    private static bool TakesThinkingConfig(string model) => VersionOf(model) >= 2.5 && !model.Contains("gemma", StringComparison.Ordinal);

    /// <summary>The number after <c>gemini-</c>; that of the newest model if there is none, as in <c>gemini-flash-latest</c>.</summary>
    private static double VersionOf(string model)
    {
        const string family = "gemini-";
        int at = model.IndexOf(family, StringComparison.Ordinal);
        if (at < 0) return Newest;
        ReadOnlySpan<char> rest = model.AsSpan(at + family.Length);
        int length = rest.IndexOfAnyExcept("0123456789.");
        ReadOnlySpan<char> number = length < 0 ? rest : rest[..length];
        const NumberStyles style = NumberStyles.AllowDecimalPoint;
        return double.TryParse(number, style, CultureInfo.InvariantCulture, out double version) ? version : Newest;
    }
}
