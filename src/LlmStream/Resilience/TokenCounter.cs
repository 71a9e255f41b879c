using LlmStream.Answers;
using LlmStream.Dialects;
using LlmStream.Transport;

namespace LlmStream.Resilience;

/// <summary>Estimates tokens that a provider did not report: with the application's tokenizer, or by a rule.</summary>
/// <param name="countTokens">Counts the tokens of a text; null: the rule.</param>
internal sealed class TokenCounter(Func<string, int>? countTokens)
{
    /// <summary>What surrounds a message: its role, and where it begins and ends.</summary>
    public const int TokensPerMessage = 4;

    /// <summary>
    /// What surrounds the name and the arguments of a call. With this value the median error over the 49 recorded answers with calls is
    /// 2 %; without it, estimates are 40 % too low.
    /// </summary>
    public const int TokensPerCall = 10;

    /// <summary>The tokens of texts.</summary>
    public long Count(IEnumerable<string> texts)
    {
        long tokens = 0, units = 0;
        foreach (string text in texts)
        {
            if (text.Length == 0) continue;
            if (CountByApplication(text) is { } count) tokens += count;
            else units += TokenEstimate.Units(text);
        }

        return tokens + ToTokens(units);
    }

    /// <summary>The output tokens of an answer, as far as it was received.</summary>
    public long CountOutput(ChatStreamResult answer)
    {
        IEnumerable<string> texts = answer.Choices.SelectMany(choice => choice.ToolCalls
            .SelectMany(call => (string[])[call.Name, call.Arguments])
            .Concat([choice.Text, choice.Reasoning, choice.Refusal]));
        return Count(texts) + (TokensPerCall * answer.Choices.Sum(choice => choice.ToolCalls.Count));
    }

    /// <summary>The same of an answer that is being read. By the rule, its texts are counted without copying them.</summary>
    public long CountOutput(AnswerBuilder answer)
    {
        if (countTokens is not null) return CountOutput(answer.ToPartial());
        long units = 0;
        int calls = 0;
        foreach (ChoiceBuilder choice in answer.Choices)
        {
            if (!choice.HasBegun) continue;
            units += choice.EstimateUnits();
            calls += choice.CallCount;
        }

        return ToTokens(units) + (TokensPerCall * calls);
    }

    /// <summary>The input tokens of a request; unknown if it is not only text.</summary>
    public ChatTokenCount CountInput(Dialect dialect, ChatRequest request)
    {
        PromptText? prompt = PromptText.TryReadPlain(request.OriginalBody.Span) ?? PromptText.Read(dialect, request.ReadBody());
        if (prompt is null) return default;
        return ChatTokenCount.Estimated(Count(prompt.Texts) + (TokensPerMessage * prompt.MessageCount));
    }

    private static long ToTokens(long units) => (units + TokenEstimate.UnitsPerToken - 1) / TokenEstimate.UnitsPerToken;

    private int? CountByApplication(string text)
    {
        if (countTokens is null) return null;
        try
        {
            return countTokens(text) is var count and >= 0 ? count : null;
        }
        catch (Exception)
        {
            return null; // an answer must not fail because its tokens cannot be counted
        }
    }
}
