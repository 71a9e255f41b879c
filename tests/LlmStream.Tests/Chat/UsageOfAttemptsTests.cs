using LlmStream.Chat;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat;

public class UsageOfAttemptsTests
{
    [Fact]
    public void Running_totals_of_an_attempt_replace_each_other_and_attempts_are_added_up()
    {
        var usage = new UsageOfAttempts();
        Assert.Null(usage.Total);
        Add(1, input: 10, output: 1, total: null);
        Add(1, input: 10, output: 5, total: 15);
        Assert.Equal((10L, 5L, 15L), Show());
        usage.Add(new ChatDelta { Text = "x", Stream = new ChatStreamInfo { Attempt = 2 } });
        Assert.Equal((10L, 5L, 15L), Show());
        Add(2, input: 12, output: null, total: null); // cut off
        Add(3, input: 14, output: 3, total: 17);
        Assert.Equal((36L, 8L, 44L), Show());

        void Add(int attempt, long? input, long? output, long? total) => usage.Add(new ChatDelta
        {
            Usage = new UsageDetails { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = total },
            Stream = new ChatStreamInfo { Attempt = attempt },
        });

        (long?, long?, long?) Show() => (usage.Total!.InputTokenCount, usage.Total.OutputTokenCount, usage.Total.TotalTokenCount);
    }

    [Fact]
    public void What_no_attempt_counts_stays_unknown()
    {
        UsageDetails? sum = ChatAttempt.Sum(new UsageDetails { ReasoningTokenCount = 1 }, new UsageDetails { ReasoningTokenCount = 2 });
        Assert.Equal((3L, null, null), (sum!.ReasoningTokenCount, sum.InputTokenCount, sum.TotalTokenCount));
    }
}
