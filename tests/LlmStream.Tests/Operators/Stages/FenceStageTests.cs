using LlmStream.Operators.Stages;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators.Stages;

public class FenceStageTests
{
    private readonly FenceStage _stage = new();

    [Fact]
    public void A_delta_that_is_a_single_part_is_not_copied()
    {
        ChatDelta[] deltas =
        [
            new() { Text = "Hello\n", Role = ChatRole.Assistant }, new() { TextOffset = 6, FinishReason = ChatFinishReason.Stop },
        ];
        Assert.All(deltas, delta => Assert.Same(delta, Assert.Single(_stage.Process(delta)).Delta));
    }

    [Fact]
    public void A_delta_whose_text_is_held_back_gives_no_part_unless_it_has_other_members()
    {
        Assert.Empty(_stage.Process(new ChatDelta { Text = "``" }));
        FencedPart part = Assert.Single(_stage.Process(new ChatDelta { TextOffset = 2, Refusal = "no" }));
        Assert.Equal((FencedPartKind.Text, "", "no"), (part.Kind, part.Text, part.Delta.Refusal));
    }

    [Fact]
    public void A_finish_reason_closes_the_block_and_is_on_the_last_part()
    {
        FencedPart[] parts = _stage.Process(new ChatDelta { Text = "```cs\nx", FinishReason = ChatFinishReason.Stop });
        Assert.Equal([FencedPartKind.Opened, FencedPartKind.Line, FencedPartKind.Closed], parts.Select(part => part.Kind));
        Assert.Equal([null, null, ChatFinishReason.Stop], parts.Select(part => part.Delta.FinishReason));
        Assert.Empty(_stage.Flush());
    }

    [Fact]
    public void Flush_does_not_repeat_the_last_delta()
    {
        _stage.Process(new ChatDelta { Text = "```\nx\n" });
        _stage.Process(new ChatDelta { TextOffset = 6, Usage = new UsageDetails() });
        FencedPart closed = Assert.Single(_stage.Flush());
        Assert.Equal((FencedPartKind.Closed, null), (closed.Kind, closed.Delta.Usage));
    }

    [Fact]
    public void Flush_closes_the_block()
    {
        Assert.Empty(new FenceStage().Flush());
        _stage.Process(new ChatDelta { Role = ChatRole.Assistant, Text = "```\nx" });
        FencedPart[] parts = _stage.Flush();
        Assert.Equal([FencedPartKind.Line, FencedPartKind.Closed], parts.Select(part => part.Kind));
        Assert.All(parts, part => Assert.Null(part.Delta.Role));
    }
}
