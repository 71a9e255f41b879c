using LlmStream.Dialects;
using Microsoft.Extensions.AI;

namespace LlmStream.Inspection;

/// <summary>Finds what is unusual about the answer itself: its texts, tool calls, and finish reasons.</summary>
internal static class AnswerFindings
{
    public static void Add(InspectedStream stream, FindingList findings)
    {
        foreach (ChatChoice choice in stream.Result.Choices)
        {
            string suffix = stream.Result.Choices.Count > 1 ? $" in choice {choice.Index}" : "";
            AddTexts(choice, suffix, stream, findings);
            AddToolCalls(choice, suffix, stream, findings);
            AddFinishReason(choice, suffix, stream, findings);
        }

        AddDeltas(stream, findings);
    }

    private static void AddTexts(ChatChoice choice, string suffix, InspectedStream stream, FindingList findings)
    {
        bool hasMedia = choice.OtherContents.Any(content => content is DataContent or UriContent);
        if (stream.IsComplete && !hasMedia && choice is { Text: "", Refusal: "", ToolCalls.Count: 0 })
            findings.Add(StreamFindingCode.EmptyAnswer, $"neither text nor a tool call{suffix}", choice: choice);

        if (choice.Text.Contains("<think>", StringComparison.Ordinal) || choice.Text.Contains("</think", StringComparison.Ordinal))
        {
            findings.Add(StreamFindingCode.ThinkTagInText,
                $"“<think>” in the text{suffix}: the reasoning is not separated from the answer", choice: choice);
        }

        string texts = choice.Text + choice.Reasoning + choice.Refusal;
        if (ControlCharacters.Count(texts) is > 0 and var controls)
        {
            findings.Add(StreamFindingCode.ControlCharacters,
                $"{FindingText.Count(controls, "control character")}{suffix}", controls, choice: choice);
        }

        if (texts.Count(c => c == '\uFFFD') is > 0 and var replacements)
        {
            findings.Add(StreamFindingCode.ReplacementCharacters,
                $"{FindingText.Count(replacements, "U+FFFD character")}{suffix}: invalid UTF-8, or sent by the server",
                replacements, choice: choice);
        }
    }

    private static void AddToolCalls(ChatChoice choice, string suffix, InspectedStream stream, FindingList findings)
    {
        foreach (ToolCall call in choice.ToolCalls)
        {
            string label = call.Name.Length > 0 ? $"tool call {call.Name}" : $"tool call {call.Index}";
            if (call.Id is null) findings.Add(StreamFindingCode.ToolCallWithoutId, $"{label}: no id", call.Name, choice: choice);
            if (!stream.IsComplete) continue;

            if (call.Name.Length == 0) findings.Add(StreamFindingCode.ToolCallWithoutName, $"{label}: no name", choice: choice);
            if (ToolArgumentsValidator.FindError(call.Arguments) is { } error)
                findings.Add(StreamFindingCode.InvalidToolArguments, $"{label}: the arguments are {error}", call.Name, choice: choice);
        }

        Dictionary<string, int> sharedIds = choice.ToolCalls
            .Where(call => call.Id is not null)
            .GroupBy(call => call.SharedId ?? call.Id!, StringComparer.Ordinal)
            .Where(calls => calls.Count() > 1)
            .ToDictionary(calls => calls.Key, calls => calls.Count(), StringComparer.Ordinal);
        if (sharedIds.Count > 0)
        {
            findings.Add(StreamFindingCode.DuplicateToolCallId,
                $"several tool calls have the same id{suffix}", sharedIds.Count, sharedIds, choice);
        }
    }

    private static void AddFinishReason(ChatChoice choice, string suffix, InspectedStream stream, FindingList findings)
    {
        if (choice.FinishReason is not { } reason) return;
        string sent = stream.FinishReasons.GetValueOrDefault(choice.Index, reason.Value);

        if (reason == ChatFinishReason.ToolCalls && choice.ToolCalls.Count == 0)
        {
            findings.Add(StreamFindingCode.FinishReasonWithoutToolCalls,
                $"the finish reason is “{sent}”, but there is no tool call{suffix}", sent, choice: choice);
        }

        if (reason == ChatFinishReason.Stop && choice.ToolCalls.Count > 0)
        {
            findings.Add(StreamFindingCode.ToolCallsWithStopReason,
                $"tool calls, but the finish reason is “{sent}”{suffix}", sent, choice: choice);
        }

        if (!IsKnown(reason, stream.Decoder.Dialect.FinishReasons))
        {
            findings.Add(StreamFindingCode.UnknownFinishReason,
                $"unknown finish reason “{reason.Value}”{suffix}", reason.Value, choice: choice);
        }
    }

    private static void AddDeltas(InspectedStream stream, FindingList findings)
    {
        DeltaStatistics deltas = stream.Deltas;
        if (deltas.TextsAfterFinish > 0)
        {
            findings.Add(StreamFindingCode.TextAfterFinishReason,
                $"{FindingText.Count(deltas.TextsAfterFinish, "chunk")} of text after the finish reason", deltas.TextsAfterFinish);
        }

        if (deltas.Withdrawals > 0)
        {
            findings.Add(StreamFindingCode.WithdrawnText,
                $"the server withdrew text {FindingText.Count(deltas.Withdrawals, "time")}", deltas.Withdrawals);
        }

        if (stream.IsTextCumulative)
        {
            findings.Add(StreamFindingCode.CumulativeText, "each chunk repeats the whole text so far (cumulative)");
        }
        else if (deltas.LooksCumulative)
        {
            findings.Add(StreamFindingCode.PossiblyCumulativeText,
                "each chunk seems to repeat the whole text so far: try the text mode “cumulative”");
        }
    }

    private static bool IsKnown(ChatFinishReason reason, FinishReasonNames names) =>
        reason == ChatFinishReason.Stop || reason == ChatFinishReason.Length || reason == ChatFinishReason.ToolCalls
        || reason == ChatFinishReason.ContentFilter || names.IsFailure(reason.Value);
}
