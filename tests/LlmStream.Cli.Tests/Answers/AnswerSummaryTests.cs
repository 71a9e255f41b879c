using LlmStream.Cli.Answers;
using Microsoft.Extensions.AI;

namespace LlmStream.Cli.Tests.Answers;

public class AnswerSummaryTests
{
    [Fact]
    public void Usage_states_what_was_estimated_and_what_is_unknown()
    {
        var usage = new UsageDetails { InputTokenCount = 1, OutputTokenCount = 2500 };
        ChatAttempt complete = new() { Number = 2, Usage = usage, IsUsageFinal = true };
        ChatAttempt failed = new() { Number = 1, OutputTokens = ChatTokenCount.Estimated(1000), Error = ChatStreamError.Connection };

        Assert.Equal("1 token in, 2,500 out", AnswerSummary.FormatUsage(new ChatStreamResult { Usage = usage, Attempts = [complete] }));
        Assert.Equal(
            "unknown tokens in, ~3,500 out",
            AnswerSummary.FormatUsage(new ChatStreamResult { Usage = usage, Attempts = [failed, complete] }));
        Assert.Equal("tokens unknown", AnswerSummary.FormatUsage(new ChatStreamResult()));
    }

    [Theory]
    [InlineData(12.34, "12.3 tokens/s")]
    [InlineData(1234.5, "1,234 tokens/s")]
    public void Rate_has_a_decimal_below_1000(double rate, string expected) => Assert.Equal(expected, AnswerSummary.FormatRate(rate));

    [Fact]
    public void Summary_omits_what_is_unknown()
    {
        var timing = new AnswerTiming(TimeProvider.System);

        Assert.Equal(
            "no tokens received · tokens unknown · complete", AnswerSummary.Format(new ChatStreamResult(), timing, "complete"));
    }

    [Fact]
    public void Failure_contains_each_detail_once()
    {
        var failure = new ChatStreamException(ChatStreamError.RateLimited, "HTTP 429: Slow down.")
        {
            ProviderCode = "rate_limit",
            ProviderMessage = "Slow down.",
            RetryAfter = TimeSpan.FromSeconds(1.5),
            AttemptCount = 3,
            ResumeRefusal = ChatResumeRefusal.BudgetSpent,
        };

        Assert.Equal(
            "RateLimited: HTTP 429: Slow down. (code rate_limit; retry after 1.5 s; 3 attempts; not resumed: BudgetSpent)",
            AnswerSummary.FormatFailure(failure));
    }

    [Fact]
    public void Failure_without_details_is_its_message()
    {
        var failure = new ChatStreamException(ChatStreamError.Truncated, "The stream ended early.")
        {
            AttemptCount = 1,
            ResumeRefusal = ChatResumeRefusal.NotTransient,
        };

        Assert.Equal("Truncated: The stream ended early.", AnswerSummary.FormatFailure(failure));
    }
}
