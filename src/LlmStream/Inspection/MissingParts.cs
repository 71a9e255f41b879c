namespace LlmStream.Inspection;

/// <summary>Finds what a truncated stream lacks.</summary>
internal static class MissingParts
{
    /// <summary>What is missing, as phrases; empty if the stream is not truncated.</summary>
    public static IReadOnlyList<string> Find(InspectedStream stream) => stream.IsTruncated ? [.. Enumerate(stream)] : [];

    private static IEnumerable<string> Enumerate(InspectedStream stream)
    {
        IReadOnlyList<ChatChoice> choices = stream.Result.Choices;
        if (choices.Count == 0) yield return "the answer";
        foreach (ChatChoice choice in choices)
        {
            if (stream.FinishReasons.ContainsKey(choice.Index)) continue;
            yield return choices.Count > 1 ? $"the finish reason of choice {choice.Index}" : "the finish reason";
        }

        foreach (ToolCall call in choices.SelectMany(choice => choice.ToolCalls))
        {
            if (ToolArgumentsValidator.FindError(call.Arguments) is null) continue;
            yield return $"the end of the arguments for {(call.Name.Length > 0 ? call.Name : "a tool call")}";
        }

        if (stream.Conventions.SendsEndMarker && stream.Decoding.EndMarkers == 0) yield return stream.EndMarker;
        if (stream.Result.Usage is null) yield return "usage";
    }
}
