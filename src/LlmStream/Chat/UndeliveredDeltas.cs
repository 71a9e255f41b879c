using Microsoft.Extensions.AI;

namespace LlmStream.Chat;

/// <summary>
/// Subtracts deltas that were read but not delivered from an answer. Only when a caller cancels there may be any: an event with several
/// choices has one for each.
/// </summary>
internal static class UndeliveredDeltas
{
    /// <summary>The answer as far as it was delivered.</summary>
    /// <param name="answer">The answer, with the deltas.</param>
    /// <param name="deltas">The deltas, in order.</param>
    public static ChatStreamResult Subtract(ChatStreamResult answer, IReadOnlyCollection<ChatDelta> deltas)
    {
        if (deltas.Count == 0) return answer;
        return new ChatStreamResult
        {
            IsComplete = answer.IsComplete,
            Usage = answer.Usage,
            Attempts = answer.Attempts,
            Stream = answer.Stream,
            Choices = [.. answer.Choices.Select(choice => Subtract(choice, deltas)).OfType<ChatChoice>()],
        };
    }

    /// <returns>Null if nothing of the choice was delivered.</returns>
    private static ChatChoice? Subtract(ChatChoice choice, IReadOnlyCollection<ChatDelta> deltas)
    {
        ChatDelta[] own = [.. deltas.Where(delta => delta.ChoiceIndex == choice.Index && delta.BelongsToChoice)];
        if (own.Length == 0) return choice;
        var others = own.SelectMany(delta => delta.OtherContents).ToHashSet<AIContent>(ReferenceEqualityComparer.Instance);
        var rest = new ChatChoice
        {
            Index = choice.Index,
            Role = own.Any(delta => delta.Role is not null) ? null : choice.Role,
            Text = Cut(choice.Text, own.Min(delta => delta.TextOffset)),
            Reasoning = Cut(choice.Reasoning, own.Min(delta => delta.ReasoningOffset)),
            Refusal = Cut(choice.Refusal, own.Min(delta => delta.RefusalChange is null ? int.MaxValue : delta.RefusalOffset)),
            ToolCalls = [.. choice.ToolCalls.Select(call => Subtract(call, own)).OfType<ToolCall>()],
            OtherContents = [.. choice.OtherContents.Where(content => !others.Contains(content))],
            FinishReason = own.Any(delta => delta.FinishReason is not null) ? null : choice.FinishReason,
        };
        bool isEmpty = rest is { Role: null, Text: "", Reasoning: "", Refusal: "", ToolCalls.Count: 0, OtherContents.Count: 0 }
            && rest.FinishReason is null;
        return isEmpty ? null : rest;
    }

    /// <returns>Null if nothing of the call was delivered.</returns>
    private static ToolCall? Subtract(ToolCall call, ChatDelta[] deltas)
    {
        ToolCallDelta[] own = [.. deltas.SelectMany(delta => delta.ToolCalls).Where(fragment => fragment.Index == call.Index)];
        if (own.Length == 0) return call;
        bool hasBegun = own[0].ArgumentsOffset > 0 || (own[0].Name is null && call.Name.Length > 0);
        if (!hasBegun) return null;
        return new ToolCall
        {
            Index = call.Index,
            Id = own.Any(fragment => fragment.Id is not null) ? null : call.Id,
            Name = own.Any(fragment => fragment.Name is not null) ? "" : call.Name,
            Arguments = Cut(call.Arguments, own.Min(fragment => fragment.ArgumentsOffset)),
            IsComplete = call.IsComplete && !own.Any(fragment => fragment.IsComplete || fragment.Arguments.Length > 0),
        };
    }

    private static string Cut(string text, int length) => length < text.Length ? text[..length] : text;
}
