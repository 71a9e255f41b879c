using System.Text.Json.Nodes;
using LlmStream.Dialects;
using LlmStream.Transport;

namespace LlmStream.Resilience;

/// <summary>Whether an answer that broke off may be taken up again.</summary>
internal static class ResumeDecision
{
    /// <summary>Decides. Cancellation is decided before: it never comes here.</summary>
    /// <param name="failure">Why it broke off.</param>
    /// <param name="partial">What had arrived.</param>
    /// <param name="body">What it was asked for by.</param>
    /// <param name="call">The call that it belongs to.</param>
    /// <param name="isReplay">Whether the provider kept it and sends it on: then it does not matter in the middle of what it broke off.</param>
    /// <returns>Why not; null means go on.</returns>
    public static ChatResumeRefusal? Decide(ChatStreamException failure, ChatStreamResult partial, JsonObject body, CallContext call, bool isReplay = false)
    {
        ResumeOptions options = call.Options.Resume;
        Dialect dialect = call.Options.Provider.Dialect.Format;
        ChatChoice? choice = partial.Choices.Count > 0 ? partial.Choices[0] : null;
        if (options.MaxResumes == 0) return ChatResumeRefusal.TurnedOff;
        if (choice?.FinishReason is { } reason && IsFiltered(reason.Value)) return ChatResumeRefusal.ContentFiltered;
        if (choice?.FinishReason is not null) return ChatResumeRefusal.NothingToGain; // and its end has been delivered
        if (!failure.IsTransient || failure.Error == ChatStreamError.TotalTimeout) return ChatResumeRefusal.NotTransient;
        if (isReplay) return call.MayResume ? null : ChatResumeRefusal.BudgetSpent;
        if (partial.Choices.Count > 1 || dialect.ChoicesOf(body) > 1) return ChatResumeRefusal.SeveralChoices;
        if (choice?.ToolCalls.Count > 0) return ChatResumeRefusal.InsideToolCall;
        if (choice?.Refusal.Length > 0) return ChatResumeRefusal.ContentFiltered;
        if (dialect.RequestsJson(body)) return ChatResumeRefusal.StructuredOutput;
        if (choice?.Reasoning.Length > 0 && choice.Text.Length == 0) return ChatResumeRefusal.ReasoningNotResumable;
        if (choice?.Text.Length > options.MaxPartialCharacters) return ChatResumeRefusal.PartialTooLong;
        if (dialect.MessagesOf(body) is null && options.Strategy != ChatContinuation.Restart) return ChatResumeRefusal.NoConversation;
        return call.MayResume ? null : ChatResumeRefusal.BudgetSpent;
    }

    /// <summary>Why nothing more is tried when the request for the rest has failed in turn.</summary>
    public static ChatResumeRefusal AfterFailedResume(ChatStreamException failure, RetryOptions retry) =>
        !failure.IsTransient ? ChatResumeRefusal.NotTransient
        : failure.RetryAfter > retry.MaxRetryAfter ? ChatResumeRefusal.WaitTooLong
        : ChatResumeRefusal.BudgetSpent;

    private static bool IsFiltered(string finishReason) => finishReason == "content_filter";
}
