using System.Globalization;

namespace LlmStream.Cli.Answers;

/// <summary>Formats the statistics and the outcome of an answer.</summary>
internal static class AnswerSummary
{
    /// <summary>For example <c>first token after 0.41 s · 52.3 tokens/s · 12 tokens in, 85 out · complete (stop)</c>.</summary>
    public static string Format(ChatStreamResult answer, AnswerTiming timing, string outcome)
    {
        string first = timing.TimeToFirstDelta is { } time ? $"first token after {FormatSeconds(time)}" : "no tokens received";
        string? rate = timing.GetTokensPerSecond(answer.Attempts) is { } value ? FormatRate(value) : null;
        string[] providers = [.. answer.Attempts.Select(attempt => attempt.Provider).OfType<string>().Distinct(StringComparer.Ordinal)];
        string names = providers.Length > 1 ? $" ({string.Join(", ", providers)})" : "";
        string? attempts = answer.Attempts is [.., { Number: > 1 } last] ? $"{last.Number} attempts{names}" : null;
        return string.Join(" · ", new[] { first, rate, FormatUsage(answer), attempts, outcome }.OfType<string>());
    }

    /// <summary>For example <c>complete (stop)</c>.</summary>
    public static string FormatCompletion(ChatStreamResult answer) =>
        answer.FinishReason is { } finish ? $"complete ({DisplayText.FinishReason(finish.Value, finish)})" : "complete";

    /// <summary>
    /// For example <c>12 tokens in, ~85 out</c>, where <c>~</c> marks what was estimated; or <c>unknown tokens in, 85 out</c>.
    /// </summary>
    public static string FormatUsage(ChatStreamResult answer)
    {
        if (answer is { InputTokens.Value: null, OutputTokens.Value: null }) return "tokens unknown";
        string noun = answer.InputTokens.Value == 1 ? "token" : "tokens";
        return $"{FormatCount(answer.InputTokens)} {noun} in, {FormatCount(answer.OutputTokens)} out";
    }

    public static string FormatSeconds(TimeSpan time) => time.TotalSeconds.ToString("0.00 's'", CultureInfo.InvariantCulture);

    public static string FormatRate(double tokensPerSecond) =>
        tokensPerSecond.ToString(tokensPerSecond < 1000 ? "0.0" : "N0", CultureInfo.InvariantCulture) + " tokens/s";

    /// <summary>The kind of error, its message, and the details that the message does not contain.</summary>
    public static string FormatFailure(ChatStreamException failure)
    {
        var details = new List<string>();
        if (failure.ProviderCode is { Length: > 0 } code && !failure.Message.Contains(code, StringComparison.Ordinal))
            details.Add($"code {code}");
        if (failure.ProviderMessage is { Length: > 0 } message && !failure.Message.Contains(message, StringComparison.Ordinal))
            details.Add($"provider message: {message}");
        if (failure.RetryAfter is { } delay)
            details.Add(string.Create(CultureInfo.InvariantCulture, $"retry after {delay.TotalSeconds:0.###} s"));
        if (failure.AttemptCount > 1) details.Add($"{failure.AttemptCount} attempts");
        if (failure.ResumeRefusal is { } refusal and not ChatResumeRefusal.NotTransient) details.Add($"not resumed: {refusal}");
        if (failure.FallbackRefusal is { } fallback and not ChatFallbackRefusal.NoneLeft) details.Add($"no fallback: {fallback}");
        return $"{failure.Error}: {failure.Message}{(details.Count == 0 ? "" : $" ({string.Join("; ", details)})")}";
    }

    private static string FormatCount(ChatTokenCount count) => count.Value is not { } known ? "unknown"
        : (count.Source == ChatTokenSource.Estimated ? "~" : "") + DisplayText.Number(known);
}
