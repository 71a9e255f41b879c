using System.Reflection;
using LlmStream.Operators.Stages;
using LlmStream.Tests.Chat;

namespace LlmStream.Tests.Operators.Stages;

public class DeltaBatchTests
{
    [Fact]
    public void A_single_delta_is_returned_unchanged()
    {
        var delta = new ChatDelta { Text = "a", TextOffset = 7 };
        Assert.Same(delta, Join(delta));
    }

    [Fact]
    public void Keeps_all_members_of_the_one_delta_that_has_more_than_text_and_reasoning()
    {
        ChatDelta full = ChatDeltaTests.Full();
        var plainFirst = new DeltaBatch();
        Assert.True(plainFirst.TryAdd(new ChatDelta { ChoiceIndex = 2, TextOffset = 3, ReasoningOffset = 4, Stream = full.Stream }));
        Assert.False(plainFirst.TryAdd(full)); // a seam must stay on the first delta after it
        Assert.True(plainFirst.TryAdd(new ChatDelta(full) { Seam = null }));
        ChatDeltaTests.AssertSame(new ChatDelta(full) { Seam = null }, plainFirst.ToDelta());

        var plainLast = new DeltaBatch();
        Assert.True(plainLast.TryAdd(full));
        Assert.True(
            plainLast.TryAdd(new ChatDelta { ChoiceIndex = 2, Text = "d", TextOffset = 6, ReasoningOffset = 5, Stream = full.Stream }));
        ChatDeltaTests.AssertSame(new ChatDelta(full) { Text = "abcd" }, plainLast.ToDelta());
    }

    [Fact]
    public void Does_not_join_deltas_if_a_member_would_be_lost()
    {
        ChatDelta full = ChatDeltaTests.Full();
        foreach (PropertyInfo property in typeof(ChatDelta).GetProperties())
        {
            var other = new ChatDelta { ToolCalls = full.ToolCalls };
            property.SetValue(other, property.GetValue(full));
            var batch = new DeltaBatch();
            batch.TryAdd(new ChatDelta { ToolCalls = full.ToolCalls });
            if (!batch.TryAdd(other)) continue;
            if (property.Name is nameof(ChatDelta.ChoiceIndex)) continue; // a batch has deltas of one choice only
            if (property.Name is nameof(ChatDelta.ToolCalls)) Assert.Equal(2, batch.ToDelta().ToolCalls.Count);
            else Assert.Equal(property.GetValue(full), property.GetValue(batch.ToDelta()));
        }
    }

    [Fact]
    public void Applies_rewrites_even_before_its_first_delta()
    {
        ChatDelta joined =
            Join(new() { Text = "world", TextOffset = 6 }, new() { Text = "W", TextOffset = 6 }, new() { Text = "o W", TextOffset = 4 });
        Assert.Equal(("o W", 4), (joined.Text, joined.TextOffset));
    }

    [Fact]
    public void Joins_reasoning_at_its_own_offset()
    {
        ChatDelta joined = Join(
            new() { Text = "a", ReasoningOffset = 3 }, new() { Reasoning = "so", ReasoningOffset = 3, TextOffset = 1 },
            new() { Reasoning = "!", ReasoningOffset = 5, TextOffset = 1 });
        Assert.Equal(("a", 0, "so!", 3), (joined.Text, joined.TextOffset, joined.Reasoning, joined.ReasoningOffset));
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(1, 2)]
    public void Does_not_join_across_a_gap(int textOffset, int reasoningOffset)
    {
        var batch = new DeltaBatch();
        Assert.True(batch.TryAdd(new ChatDelta { Text = "a", Reasoning = "r" }));
        Assert.False(
            batch.TryAdd(new ChatDelta { Text = "b", TextOffset = textOffset, Reasoning = "s", ReasoningOffset = reasoningOffset }));
    }

    private static ChatDelta Join(params ChatDelta[] deltas)
    {
        var batch = new DeltaBatch();
        foreach (ChatDelta delta in deltas) Assert.True(batch.TryAdd(delta));
        return batch.ToDelta();
    }
}
