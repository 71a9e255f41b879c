using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmStream.Testing.FrontEnds;

/// <summary>Compares what was seen with what happened.</summary>
internal static class ObservationCheck
{
    public static IEnumerable<string> Compare(Expectation expected, ChatFrontEndObservation seen)
    {
        if (!expected.Statuses.Contains(seen.Status))
            yield return $"The status is {seen.Status}, not {string.Join(" or ", expected.Statuses)}.";
        if (CompareText(expected, seen.Text) is { } text) yield return text;
        if (seen.Reasoning is not null && seen.Reasoning != (expected.Reasoning ?? ""))
            yield return $"The reasoning is {Quote(seen.Reasoning)}, not {Quote(expected.Reasoning ?? "")}.";
        if (seen.ToolCalls is not null && CompareCalls(expected, seen.ToolCalls) is { } calls) yield return calls;
        if (expected.FinishReason is { } reason && seen.FinishReason?.Replace('-', '_') != reason)
        {
            yield return $"The finish reason is {seen.FinishReason ?? "not shown"}: "
                + $"the user cannot tell that the answer ended because of '{reason}'.";
        }

        if (expected.Error is { } error && !(seen.Error ?? "").Contains(error, StringComparison.Ordinal))
            yield return seen.Error is { Length: > 0 } other
                ? $"The error is {Quote(other)}, and does not contain {Quote(error)}."
                : $"No error is shown; the server sent {Quote(error)}.";
        if (seen.AnswerCount > 1) yield return $"There are {seen.AnswerCount} answers to one question.";
    }

    public static IEnumerable<string> Compare(Expectation expected, IReadOnlyList<ChatFrontEndRequest>? requests)
    {
        if (requests is null) yield break;
        int begun = requests.Count(request => request.Kind == ChatFrontEndRequestKind.Begin);
        if (expected.BeginsOnce && begun != 1) yield return $"The answer was requested {begun} times, not once.";
        if (expected.Stops && requests.All(request => request.Kind != ChatFrontEndRequestKind.Stop))
            yield return "The server was not told to stop: it goes on generating the answer.";
    }

    private static string? CompareText(Expectation expected, string seen)
    {
        string text = expected.Text;
        bool isTrue = expected.TextRule switch
        {
            TextRule.StartsWith => seen.StartsWith(text, StringComparison.Ordinal),
            TextRule.IsStartOf => text.StartsWith(seen, StringComparison.Ordinal),
            _ => seen == text,
        };
        if (isTrue) return null;
        if (text.Length > 0 && seen.Length > text.Length && seen.IndexOf(text, 1, StringComparison.Ordinal) >= 0)
            return $"The text appears twice: {Quote(seen)}.";
        int same = seen.AsSpan().CommonPrefixLength(text);
        if (same == seen.Length) return $"Of the text only the first {same} of {text.Length} characters are there.";
        if (same == text.Length) return $"There is more after the text: {Quote(seen[same..])}.";
        return $"The text differs from character {same} on: {Quote(seen[same..])}, not {Quote(text[same..])}.";
    }

    private static string? CompareCalls(Expectation expected, IReadOnlyList<ChatFrontEndToolCall> seen)
    {
        ChatFrontEndToolCall[] complete = [.. seen.Where(call => call.IsComplete)];
        bool areTrue = complete.Length == expected.Calls.Count
            && complete.Zip(expected.Calls).All(pair =>
                pair.First.Name == pair.Second.Name && AreEqual(pair.First.Arguments, string.Concat(pair.Second.Arguments)));
        if (areTrue) return null;
        string found = complete.Length == 0
            ? "No tool call is complete"
            : "Complete tool calls are " + string.Join(", ", complete.Select(call => $"{call.Name} {call.Arguments}"));
        return expected.Calls.Count == 0
            ? $"{found}, but none was sent whole: the tool would run with arguments that were cut off."
            : $"{found}, not {string.Join(", ", expected.Calls.Select(call => $"{call.Name} {string.Concat(call.Arguments)}"))}.";
    }

    private static bool AreEqual(string left, string right)
    {
        try
        {
            return JsonNode.DeepEquals(JsonNode.Parse(left), JsonNode.Parse(right));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Quote(string value) => $"\"{value.ReplaceLineEndings("\\n")}\"";
}
