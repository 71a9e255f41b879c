using LlmStream.Chat;
using LlmStream.Transport;
using Microsoft.Extensions.AI;

namespace LlmStream.Resilience;

/// <content>What an attempt has cost.</content>
internal sealed partial class Attempt
{
    /// <summary>What the attempt has cost, if it ends now.</summary>
    /// <param name="isComplete">Whether the answer is complete.</param>
    /// <param name="error">Why the attempt broke off, or null.</param>
    public ChatAttempt ToAttempt(bool isComplete, ChatStreamError? error)
    {
        UsageDetails? usage = _answer.UsageSoFar;
        // The texts are copied only if they must be counted. A count of 0 for an answer that has text was not counted.
        bool isReported = isComplete && usage?.OutputTokenCount is { } count && (count > 0 || _outputDeltas == 0);
        ChatTokenCount output = isReported
            ? ChatTokenCount.Reported(usage!.OutputTokenCount!.Value)
            : TokensSpent.Count(_call.Tokens, _answer, _outputDeltas);
        return ToAttempt(usage, output, isComplete, error);
    }

    /// <summary>The same if the output tokens are known.</summary>
    public ChatAttempt ToAttempt(UsageDetails? usage, ChatTokenCount output, bool isComplete, ChatStreamError? error)
    {
        ChatAttempt attempt = Record with
        {
            Usage = usage,
            IsUsageFinal = isComplete && usage is not null,
            IsReplay = IsReplay,
            Error = error,
        };
        if (attempt.InputTokens.Source == ChatTokenSource.Unknown) attempt = attempt with { InputTokens = _call.CountInput(_request) };
        return output == attempt.OutputTokens ? attempt : attempt with { OutputTokens = output };
    }

    /// <summary>What an attempt has cost to which no response came.</summary>
    /// <param name="record">The attempt.</param>
    /// <param name="request">Its request.</param>
    /// <param name="call">The call.</param>
    /// <param name="mayHaveBegun">Whether the provider may have begun to answer: the request was sent, and not refused.</param>
    private static ChatAttempt WithoutResponse(ChatAttempt record, ChatRequest request, CallContext call, bool mayHaveBegun) => record with
    {
        InputTokens = mayHaveBegun ? call.CountInput(request) : ChatTokenCount.Reported(0),
        OutputTokens = mayHaveBegun ? ChatTokenCount.Estimated(0) : ChatTokenCount.Reported(0),
    };
}
