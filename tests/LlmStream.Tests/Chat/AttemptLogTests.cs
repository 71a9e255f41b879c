using LlmStream.Chat;

namespace LlmStream.Tests.Chat;

public class AttemptLogTests
{
    [Fact]
    public void Attempts_are_numbered_after_those_of_earlier_calls()
    {
        var log = new AttemptLog();
        log.AddEarlier(new ChatAttempt { Number = 3, Error = ChatStreamError.Truncated });
        ChatAttempt attempt = log.Begin(earlier: 3, "p", "m", isHedge: false);
        Assert.Equal((4, "p", "m", 1), (attempt.Number, attempt.Provider, attempt.Model, log.Count));
        Assert.Equal([3], Numbers(log.EndedAnd()));
        Assert.Equal([3, 4], Numbers(log.EndedAnd(4)));
    }

    [Fact]
    public void An_attempt_that_has_ended_does_not_change()
    {
        var log = new AttemptLog();
        ChatAttempt attempt = log.Begin(0, "p", null, isHedge: false);
        log.End(attempt with { Error = ChatStreamError.ServerError });
        log.End(attempt with { IsCanceled = true });
        log.CancelOthers(number: 0);
        Assert.Equal(attempt with { Error = ChatStreamError.ServerError }, Assert.Single(log.EndedAnd()));
    }

    [Fact]
    public void All_others_that_are_in_progress_are_cancelled()
    {
        var log = new AttemptLog();
        ChatAttempt failed = log.Begin(0, "p", null, isHedge: false);
        log.End(failed with { Error = ChatStreamError.ServerError });
        log.Begin(0, "p", null, isHedge: false);
        log.Begin(0, "q", null, isHedge: true);
        log.CancelOthers(number: 3);
        Assert.Equal([(1, false), (2, true)], log.EndedAnd().Select(attempt => (attempt.Number, attempt.IsCanceled)));
        Assert.Equal([1, 2, 3], Numbers(log.EndedAnd(3)));
    }

    private static IEnumerable<int> Numbers(IEnumerable<ChatAttempt> attempts) => attempts.Select(attempt => attempt.Number);
}
