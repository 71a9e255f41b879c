using LlmStream.Chat;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat;

public class AnswerCollectorTests
{
    [Fact]
    public void Usage_alone_does_not_create_a_choice()
    {
        ChatStreamResult result = Collect(new ChatDelta { ChoiceIndex = 3, Usage = new UsageDetails { OutputTokenCount = 1 } });
        Assert.Empty(result.Choices);
        Assert.Equal(1, result.Usage!.OutputTokenCount);
    }

    [Fact]
    public void Choices_are_sorted_by_index_and_calls_by_appearance()
    {
        ChatStreamResult result = Collect(
            new ChatDelta { ChoiceIndex = 2, Text = "c" },
            new ChatDelta { Text = "a", ToolCalls = [new ToolCallDelta { Index = 1, Name = "g" }, new ToolCallDelta { Name = "f" }] });
        Assert.Equal([0, 2], result.Choices.Select(choice => choice.Index));
        Assert.Equal(["g", "f"], result.ToolCalls.Select(call => call.Name));
    }

    [Fact]
    public void A_call_is_complete_if_another_follows_or_the_choice_is_finished_or_the_provider_says_so()
    {
        ChatDelta calls = new() { ToolCalls = [new ToolCallDelta { Index = 0 }, new ToolCallDelta { Index = 1 }] };
        Assert.Equal([true, false], Collect(calls).ToolCalls.Select(call => call.IsComplete));
        Assert.Equal(
            [true, true],
            Collect(calls, new ChatDelta { FinishReason = ChatFinishReason.ToolCalls }).ToolCalls.Select(call => call.IsComplete));
        Assert.Equal(
            [true, true],
            Collect(calls, new ChatDelta { ToolCalls = [new ToolCallDelta { Index = 1, IsComplete = true }] })
                .ToolCalls.Select(call => call.IsComplete));
    }

    [Fact]
    public void Usage_is_the_latest_of_each_attempt()
    {
        var seam = new ChatSeam { Attempt = 2, TextOffset = 1, Reason = ChatStreamError.Connection, Kind = ChatSeamKind.Appended };
        ChatStreamResult result = Collect(
            Delta(1, 3), Delta(1, 5),
            new ChatDelta { Text = "b", TextOffset = 1, Seam = seam, Stream = new ChatStreamInfo { Attempt = 2 } }, Delta(2, 7));
        Assert.Equal(12, result.Usage!.OutputTokenCount);
        Assert.Equal(
            [(1, 5, false, ChatStreamError.Connection), (2, 7, true, null)],
            result.Attempts.Select(attempt => (attempt.Number, attempt.Usage!.OutputTokenCount, attempt.IsUsageFinal, attempt.Error)));

        static ChatDelta Delta(int attempt, int tokens) =>
            new() { Usage = new UsageDetails { OutputTokenCount = tokens }, Stream = new ChatStreamInfo { Attempt = attempt } };
    }

    [Fact]
    public void Attempts_are_those_of_which_the_stream_tells()
    {
        ChatAttempt first = new() { Number = 1, Provider = "p", Error = ChatStreamError.ServerError };
        ChatAttempt second = new() { Number = 2, Provider = "q" };
        ChatAttempt third = new() { Number = 3, Provider = "r", IsHedge = true, IsCanceled = true };
        var info = new ChatStreamInfo { Attempt = 2, Attempts = [first, second, third] };
        ChatAttempt broken = second with { Error = ChatStreamError.Truncated, Usage = new UsageDetails { OutputTokenCount = 3 } };
        var next = new ChatStreamInfo { Attempt = 4, Attempts = [first, broken, third, new ChatAttempt { Number = 4, Provider = "p" }] };
        ChatStreamResult result = Collect(
            new ChatDelta { Text = "a", Stream = info },
            new ChatDelta { Text = "b", TextOffset = 1, Stream = next },
            new ChatDelta { Stream = next, Usage = new UsageDetails { OutputTokenCount = 2 } });
        Assert.Equal(
            [(1, "p", null, false), (2, "q", 3L, false), (3, "r", null, false), (4, "p", 2L, true)],
            result.Attempts.Select(a => (a.Number, a.Provider, a.Usage?.OutputTokenCount, a.IsUsageFinal)));
        Assert.Equal(5, result.Usage!.OutputTokenCount);
    }

    [Fact]
    public void A_stream_that_the_client_did_not_request_has_no_attempts() => Assert.Empty(Collect(new ChatDelta { Text = "a" }).Attempts);

    private static ChatStreamResult Collect(params ChatDelta[] deltas)
    {
        var collector = new AnswerCollector();
        foreach (ChatDelta delta in deltas) collector.Add(delta);
        return collector.ToResult(isComplete: true);
    }
}
