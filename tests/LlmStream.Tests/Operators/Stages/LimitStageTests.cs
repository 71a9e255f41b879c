using LlmStream.Operators.Stages;
using LlmStream.Operators.Text;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators.Stages;

public class LimitStageTests
{
    [Fact]
    public void Stops_at_the_limit()
    {
        var stage = new LimitStage(new CharacterBudget(3));
        ChatDelta delta = stage.Process(new ChatDelta { Text = "abcd" })!;
        Assert.Equal(("abc", ChatFinishReason.Length, true), (delta.Text, delta.FinishReason, stage.IsStopped));
    }

    [Fact]
    public void Delivers_held_back_text_at_the_end()
    {
        var stage = new LimitStage(new CharacterBudget(3));
        Assert.Null(stage.Process(new ChatDelta { Text = "a" }));
        ChatDelta rest = stage.Flush()!;
        Assert.Equal(("a", 0), (rest.Text, rest.TextOffset));
        Assert.Null(stage.Flush());
    }

    [Fact]
    public void Delivers_held_back_reasoning_when_the_text_begins()
    {
        var stage = new LimitStage(new TokenBudget(20, text => text.Length, () => true));
        Assert.Equal("h", stage.Process(new ChatDelta { Reasoning = "hm" })!.Reasoning);
        ChatDelta delta = stage.Process(new ChatDelta { Text = "ab", ReasoningOffset = 2 })!;
        Assert.Equal(("m", 1, "a"), (delta.Reasoning, delta.ReasoningOffset, delta.Text));
    }

    [Fact]
    public void The_count_of_the_provider_stops_the_choice()
    {
        var stage = new LimitStage(new TokenBudget(100, null, () => true));
        ChatDelta delta = stage.Process(new ChatDelta { Text = "a", Usage = new UsageDetails { OutputTokenCount = 101 } })!;
        Assert.Equal(("a", ChatFinishReason.Length, true), (delta.Text, delta.FinishReason, stage.IsStopped));
    }

    [Fact]
    public void The_count_of_the_provider_does_not_replace_a_finish_reason()
    {
        var stage = new LimitStage(new TokenBudget(100, null, () => true));
        ChatDelta delta =
            stage.Process(new ChatDelta { FinishReason = ChatFinishReason.Stop, Usage = new UsageDetails { OutputTokenCount = 101 } })!;
        Assert.Equal((ChatFinishReason.Stop, false), (delta.FinishReason, stage.IsStopped));
    }

    [Fact]
    public void After_a_seam_the_count_of_the_provider_is_that_of_one_request_only()
    {
        var stage = new LimitStage(new TokenBudget(100, text => 60, () => true));
        var seam = new ChatSeam { Attempt = 2, TextOffset = 1, Reason = ChatStreamError.Connection, Kind = ChatSeamKind.Appended };
        stage.Process(new ChatDelta { Text = "a" });
        stage.Process(new ChatDelta { TextOffset = 1, Seam = seam, Usage = new UsageDetails { OutputTokenCount = 1 } });
        stage.Process(new ChatDelta { Text = "b", TextOffset = 1 });
        Assert.True(stage.IsStopped); // 60 and 60, not 1 and 60
    }
}
