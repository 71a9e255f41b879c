using System.Globalization;

namespace LlmStream.Inspection;

/// <summary>Formats counts and lists for the messages of findings.</summary>
internal static class FindingText
{
    private const int MaxListed = 8;

    /// <summary>Formats a count and a noun: <c>1 event</c>, <c>2,310 events</c>.</summary>
    public static string Count(int count, string noun) => $"{Number(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>Formats names with their counts, most frequent first: <c>“ping” ×12, “pong”</c>.</summary>
    public static string List(IReadOnlyDictionary<string, int> counts)
    {
        string list = string.Join(", ", counts.OrderByDescending(pair => pair.Value).Take(MaxListed).Select(Format));
        return counts.Count > MaxListed ? $"{list}, and {Count(counts.Count - MaxListed, "other")}" : list;
    }

    private static string Format(KeyValuePair<string, int> pair)
    {
        string name = pair.Key.Length == 0 ? "(empty)" : $"“{pair.Key}”";
        return pair.Value == 1 ? name : $"{name} ×{Number(pair.Value)}";
    }

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
