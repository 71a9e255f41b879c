using System.Globalization;
using Microsoft.Extensions.AI;

namespace LlmStream.Cli.Inspect;

/// <summary>Numbers, lists and finish reasons in words.</summary>
internal static class Words
{
    private const int MostListed = 8;

    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Such as <c>1 event</c>, <c>2,310 events</c>.</summary>
    public static string Count(long number, string singular, string? plural = null) =>
        $"{Number(number)} {(number == 1 ? singular : plural ?? singular + "s")}";

    /// <summary>Such as <c>“ping” ×12, “pong”</c>; of long lists the commonest.</summary>
    public static string List(IReadOnlyDictionary<string, int> counts)
    {
        IEnumerable<string> listed = counts.OrderByDescending(pair => pair.Value).Take(MostListed)
            .Select(pair => $"{(pair.Key.Length == 0 ? "(empty)" : $"“{pair.Key}”")}{(pair.Value == 1 ? "" : $" ×{Number(pair.Value)}")}");
        string list = string.Join(", ", listed);
        return counts.Count > MostListed ? $"{list}, and {Count(counts.Count - MostListed, "other")}" : list;
    }

    /// <summary>A finish reason as it was sent, and what it means where that does not go without saying.</summary>
    public static string Finish(string sent, ChatFinishReason? understood)
    {
        string meaning = understood switch
        {
            { } reason when reason == ChatFinishReason.Length => "the answer reached the limit of tokens",
            { } reason when reason == ChatFinishReason.ContentFilter => "the content filter stopped the answer",
            { } reason when reason == ChatFinishReason.ToolCalls => "the model asks for its tools",
            _ => "",
        };
        return meaning.Length == 0 ? sent : $"{sent}: {meaning}";
    }
}
