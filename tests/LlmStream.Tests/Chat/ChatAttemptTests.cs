using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat;

public class ChatAttemptTests
{
    [Fact]
    public void The_total_usage_is_the_sum_of_what_is_known()
    {
        Assert.Equal(10, ChatAttempt.TotalUsage([Attempt(1, 3), Attempt(2, null), Attempt(3, 7)])!.OutputTokenCount);
        Assert.Null(ChatAttempt.TotalUsage([Attempt(1, null), Attempt(2, null)]));
        Assert.Null(ChatAttempt.TotalUsage([]));
    }

    [Fact]
    public void The_usage_of_a_single_attempt_is_not_copied()
    {
        ChatAttempt attempt = Attempt(1, 3);
        Assert.Same(attempt.Usage, ChatAttempt.TotalUsage([attempt]));
    }

    [Fact]
    public void The_usage_of_an_attempt_is_not_changed_by_adding_it_up()
    {
        ChatAttempt[] attempts = [Attempt(1, 3), Attempt(2, 7)];
        _ = ChatAttempt.TotalUsage(attempts);
        Assert.Equal([3, 7], attempts.Select(attempt => attempt.Usage!.OutputTokenCount));
    }

    private static ChatAttempt Attempt(int number, int? outputTokens) =>
        new() { Number = number, Usage = outputTokens is null ? null : new UsageDetails { OutputTokenCount = outputTokens } };
}
