using LlmStream.Operators.Stages;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators.Stages;

public class HeldDeltasTests
{
    [Fact]
    public void Joins_the_deltas_of_each_choice()
    {
        var held = new HeldDeltas();
        held.Add(new ChatDelta { Text = "a" });
        held.Add(new ChatDelta { Text = "x", ChoiceIndex = 1 });
        held.Add(new ChatDelta { Text = "b", TextOffset = 1 });
        Assert.Equal([(0, "ab"), (1, "x")], held.TakeAll().Select(delta => (delta.ChoiceIndex, delta.Text)));
        Assert.True(held.IsEmpty);
    }

    [Fact]
    public void Keeps_deltas_apart_that_cannot_be_joined()
    {
        var held = new HeldDeltas();
        held.Add(new ChatDelta { Text = "a", Refusal = "r" });
        held.Add(new ChatDelta { Text = "b", TextOffset = 1, Refusal = "s", RefusalOffset = 1 });
        Assert.Equal(["r", "s"], held.TakeAll().Select(delta => delta.Refusal));
    }

    [Fact]
    public void A_finish_reason_is_urgent()
    {
        var held = new HeldDeltas();
        held.Add(new ChatDelta { Text = "a" });
        Assert.False(held.IsUrgent);
        held.Add(new ChatDelta { TextOffset = 1, FinishReason = ChatFinishReason.Stop });
        Assert.True(held.IsUrgent);
        Assert.Single(held.TakeAll());
        Assert.False(held.IsUrgent);
    }
}
