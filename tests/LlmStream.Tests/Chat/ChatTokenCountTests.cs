namespace LlmStream.Tests.Chat;

public class ChatTokenCountTests
{
    [Fact]
    public void The_default_is_unknown_and_not_0()
    {
        Assert.Equal((null, ChatTokenSource.Unknown, "unknown"), Parts(default));
        Assert.Equal((0L, ChatTokenSource.Reported, "0"), Parts(ChatTokenCount.Reported(0)));
        Assert.Equal((1234L, ChatTokenSource.Estimated, "~1234"), Parts(ChatTokenCount.Estimated(1234)));
        Assert.NotEqual(default, ChatTokenCount.Reported(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChatTokenCount.Reported(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChatTokenCount.Estimated(-1));
    }

    [Fact]
    public void A_sum_is_no_better_than_its_parts()
    {
        ChatTokenCount reported = ChatTokenCount.Reported(2), estimated = ChatTokenCount.Estimated(3), unknown = default;
        Assert.Equal("4", (reported + reported).ToString());
        Assert.Equal("~5", (reported + estimated).ToString());
        Assert.Equal("~5", (estimated + reported).ToString());
        Assert.Equal("unknown", (estimated + unknown).ToString());
        Assert.Equal("unknown", (unknown + reported).ToString());
    }

    [Fact]
    public void A_count_of_usage_that_is_missing_is_unknown()
    {
        Assert.Equal((default, default), Of(null));
        Assert.Equal((default, default), Of(new()));
        Assert.Equal((ChatTokenCount.Reported(3), ChatTokenCount.Reported(0)), Of(new() { InputTokenCount = 3, OutputTokenCount = 0 }));
        Assert.Equal(default, Of(new() { InputTokenCount = 0 }).Input); // no request has 0

        static (ChatTokenCount Input, ChatTokenCount Output) Of(Microsoft.Extensions.AI.UsageDetails? usage)
        {
            var attempt = new ChatAttempt { Number = 1, Usage = usage };
            var answer = new ChatStreamResult { Usage = usage };
            Assert.Equal((attempt.InputTokens, attempt.OutputTokens), (answer.InputTokens, answer.OutputTokens));
            return (attempt.InputTokens, attempt.OutputTokens);
        }
    }

    private static (long?, ChatTokenSource, string) Parts(ChatTokenCount count) => (count.Value, count.Source, count.ToString());
}
