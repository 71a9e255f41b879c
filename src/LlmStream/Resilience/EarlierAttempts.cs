namespace LlmStream.Resilience;

/// <summary>The attempts of an earlier call, whose answer is continued.</summary>
internal static class EarlierAttempts
{
    /// <summary>Adds them to the attempts of a call.</summary>
    /// <param name="partial">The partial answer.</param>
    /// <param name="output">The output tokens of all of them.</param>
    /// <param name="provider">The provider that continues the answer.</param>
    /// <returns>Why the last one broke off. One that just ended, or whose end is unknown, is treated as one that was cut off.</returns>
    public static ChatStreamError AddTo(Fallback.ProviderCall provider, ChatStreamResult partial, ChatTokenCount output)
    {
        IReadOnlyList<ChatAttempt> attempts = partial.Attempts.Count > 0 ? partial.Attempts
            : [new ChatAttempt { Number = 1, Usage = partial.Usage }];
        ChatAttempt broken = attempts.LastOrDefault(attempt => !attempt.IsCanceled) ?? attempts[^1];
        ChatStreamError error = broken.Error ?? ChatStreamError.Truncated;
        foreach (ChatAttempt attempt in attempts)
        {
            ChatAttempt added = attempt;
            if (ReferenceEquals(attempt, broken))
            {
                added = added with { Error = error };
                if (attempts.Count == 1 || added.OutputTokens.Source == ChatTokenSource.Unknown)
                    added = added with { OutputTokens = output };
                if (added.InputTokens.Source == ChatTokenSource.Unknown)
                    added = added with { InputTokens = provider.Call.CountInput(provider.Request) };
            }

            provider.Call.Log.AddEarlier(added);
        }

        return error;
    }
}
