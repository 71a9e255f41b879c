using System.Globalization;
using LlmStream.Cli.Inspect;
using LlmStream.Transport;

namespace LlmStream.Cli.Chat;

/// <summary>An answer's figures and its end, in words.</summary>
internal static class AnswerWords
{
    /// <summary>Such as <c>first token after 0.41 s · 52.3 tokens/s · 12 tokens in, 85 out · complete (stop)</c>.</summary>
    public static string Summary(ChatStreamResult answer, AnswerTiming timing, string end)
    {
        string first = timing.ToFirst is { } time ? $"first token after {Seconds(time)}" : "no token came";
        string? speed = timing.TokensPerSecond(answer.Attempts) is { } rate ? $"{Rate(rate)} tokens/s" : null;
        string? attempts = answer.Attempts is [.., { Number: > 1 } last] ? $"{last.Number} attempts" : null;
        return string.Join(" · ", new[] { first, speed, Tokens(answer), attempts, end }.OfType<string>());
    }

    /// <summary>Such as <c>complete (stop)</c>.</summary>
    public static string Complete(ChatStreamResult answer) =>
        answer.FinishReason is { } finish ? $"complete ({Words.Finish(finish.Value, finish)})" : "complete";

    /// <summary>Such as <c>12 tokens in, 85 out</c>; where the tokens of an attempt are not known, it is more than that.</summary>
    public static string Tokens(ChatStreamResult answer)
    {
        if (answer.Usage is not { } usage) return "tokens not reported";
        string bound = answer.Attempts.All(attempt => attempt.IsUsageFinal || (attempt.Error is null && attempt.Usage is not null)) ? "" : "at least ";
        return $"{bound}{Number(usage.InputTokenCount)} {(usage.InputTokenCount == 1 ? "token" : "tokens")} in, {Number(usage.OutputTokenCount)} out";
    }

    public static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.00 's'", CultureInfo.InvariantCulture);

    public static string Rate(double tokensPerSecond) => tokensPerSecond.ToString(tokensPerSecond < 1000 ? "0.0" : "N0", CultureInfo.InvariantCulture);

    /// <summary>What went wrong, on one line: the kind, the message, and what it leaves out of the provider's code and words.</summary>
    public static string Failure(ChatStreamException failure)
    {
        var more = new List<string>();
        if (failure.ProviderCode is { Length: > 0 } code && !failure.Message.Contains(code, StringComparison.Ordinal)) more.Add($"code {code}");
        if (failure.ProviderMessage is { Length: > 0 } said && !failure.Message.Contains(said, StringComparison.Ordinal)) more.Add($"it says: {said}");
        if (failure.RetryAfter is { } wait) more.Add(string.Create(CultureInfo.InvariantCulture, $"to be asked again after {wait.TotalSeconds:0.###} s"));
        if (failure.AttemptCount > 1) more.Add($"{failure.AttemptCount} attempts");
        if (failure.ResumeRefusal is { } refusal and not ChatResumeRefusal.NotTransient) more.Add($"not taken up again: {refusal}");
        string details = more.Count == 0 ? "" : $" ({string.Join("; ", more)})";
        return $"{failure.Error}: {failure.Message}{details}";
    }

    private static string Number(long? count) => count is { } known ? Words.Number(known) : "?";
}
