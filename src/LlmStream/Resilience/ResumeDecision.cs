using System.Text.Json.Nodes;
using LlmStream.Dialects;
using Microsoft.Extensions.AI;

namespace LlmStream.Resilience;

/// <summary>Decides whether an answer that broke off may be resumed: a <see cref="ChatResumeRefusal"/>, or null if it may.</summary>
/// <remarks>A cancellation by the caller never gets here: it is not a <see cref="ChatStreamException"/>.</remarks>
internal static class ResumeDecision
{
    /// <summary>Decides whether the rest of the answer may be requested by a continuation.</summary>
    /// <param name="failure">Why the stream broke off.</param>
    /// <param name="partial">The partial answer.</param>
    /// <param name="body">The body of the original request.</param>
    /// <param name="call">The call.</param>
    /// <returns>Why not; null if it may.</returns>
    public static ChatResumeRefusal? DecideContinuation(
        ChatStreamException failure, ChatStreamResult partial, JsonObject body, CallContext call)
    {
        if (call.Options.Resume.MaxResumes == 0) return ChatResumeRefusal.TurnedOff;
        return DecideAnswer(failure, partial, body, call.Options) ?? DecideBudget(call);
    }

    /// <summary>Decides the same by the request and the partial answer alone: the caller has asked for a continuation.</summary>
    /// <param name="failure">Why the stream broke off; null if that was in an earlier call, whose budget does not count.</param>
    /// <param name="partial">The partial answer.</param>
    /// <param name="body">The body of the original request.</param>
    /// <param name="options">The options of the client.</param>
    /// <returns>Why not; null if it may.</returns>
    public static ChatResumeRefusal? DecideAnswer(
        ChatStreamException? failure, ChatStreamResult partial, JsonObject body, LlmStreamOptions options)
    {
        Dialect dialect = options.Provider.Dialect.Format;
        ChatChoice? choice = FirstChoiceOf(partial);
        if (DecideAny(failure, choice) is { } refusal) return refusal;
        if (partial.Choices.Count > 1 || dialect.ChoicesOf(body) > 1) return ChatResumeRefusal.SeveralChoices;
        if (choice?.ToolCalls.Count > 0) return ChatResumeRefusal.InsideToolCall;
        if (choice?.Refusal.Length > 0) return ChatResumeRefusal.ContentFiltered;
        if (dialect.RequestsJson(body)) return ChatResumeRefusal.StructuredOutput;
        if (choice is { Reasoning.Length: > 0, Text.Length: 0 }) return ChatResumeRefusal.ReasoningNotResumable;
        if (choice?.Text.Length > options.Resume.MaxPartialCharacters) return ChatResumeRefusal.PartialTooLong;
        bool hasConversation = dialect.MessagesOf(body) is not null || options.Resume.Continuation == ChatContinuation.Restart;
        return hasConversation ? null : ChatResumeRefusal.NoConversation;
    }

    /// <summary>
    /// Decides whether an answer that the provider keeps may be replayed. A replay goes on exactly where the stream broke off, so that
    /// it does not matter what the answer consists of.
    /// </summary>
    /// <param name="failure">Why the stream broke off.</param>
    /// <param name="call">The call.</param>
    /// <returns>Why not; null if it may.</returns>
    public static ChatResumeRefusal? DecideReplay(ChatStreamException failure, CallContext call) =>
        call.Options.Resume.MaxResumes == 0 ? ChatResumeRefusal.TurnedOff : DecideFailure(failure) ?? DecideBudget(call);

    /// <summary>Whether another provider may continue an answer that is not resumed for this reason.</summary>
    public static bool ConcernsProvider(ChatResumeRefusal refusal) => refusal is ChatResumeRefusal.NotTransient
        or ChatResumeRefusal.BudgetSpent or ChatResumeRefusal.WaitTooLong or ChatResumeRefusal.ContinuationRefused
        or ChatResumeRefusal.SignedReasoning or ChatResumeRefusal.StartedOver;

    /// <summary>The reason why a resume whose own request failed is not repeated.</summary>
    public static ChatResumeRefusal AfterFailedResume(ChatStreamException failure, LlmRetryOptions retry) =>
        !failure.IsTransient ? ChatResumeRefusal.NotTransient
        : !retry.Allows(failure.RetryAfter) ? ChatResumeRefusal.WaitTooLong
        : ChatResumeRefusal.BudgetSpent;

    /// <summary>What rules out any resume.</summary>
    private static ChatResumeRefusal? DecideAny(ChatStreamException? failure, ChatChoice? choice)
    {
        if (choice?.FinishReason == ChatFinishReason.ContentFilter) return ChatResumeRefusal.ContentFiltered;
        // The finish reason has been delivered: nothing may follow it.
        if (choice?.FinishReason is not null) return ChatResumeRefusal.NothingToGain;
        return DecideFailure(failure);
    }

    private static ChatResumeRefusal? DecideFailure(ChatStreamException? failure)
    {
        bool isFinal = failure is { IsTransient: false } or { Error: ChatStreamError.TotalTimeout };
        return isFinal ? ChatResumeRefusal.NotTransient : null;
    }

    private static ChatResumeRefusal? DecideBudget(CallContext call) => call.MayResume ? null : ChatResumeRefusal.BudgetSpent;

    private static ChatChoice? FirstChoiceOf(ChatStreamResult partial) => partial.Choices.Count > 0 ? partial.Choices[0] : null;
}
