using System.Reflection;
using LlmStream.Operators.Stages;
using LlmStream.Resilience;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators;

public class ChatDeltaCopyTests
{
    [Fact]
    public void A_copy_keeps_every_member()
    {
        ChatDelta delta = Full();
        AssertSame(delta, new ChatDelta(delta));
    }

    [Fact]
    public void A_member_of_a_copy_can_be_taken_away()
    {
        var copy = new ChatDelta(Full()) { Role = null, FinishReason = null, Usage = null, Refusal = null, ToolCalls = [], OtherContents = [], Raw = null, Seam = null };
        Assert.Null(copy.Role);
        Assert.Null(copy.FinishReason);
        Assert.Null(copy.Usage);
        Assert.Null(copy.Refusal);
        Assert.Empty(copy.ToolCalls);
        Assert.Empty(copy.OtherContents);
        Assert.Null(copy.Raw);
        Assert.Null(copy.Seam);
        Assert.Equal(ChatRole.Assistant, Full().Role);
    }

    [Fact]
    public void The_parts_of_a_delta_have_each_member_once()
    {
        ChatDelta delta = Full();
        ChatDelta first = delta.Slice("a", 3, isFirst: true, isLast: false);
        ChatDelta middle = delta.Slice("b", 4, isFirst: false, isLast: false);
        ChatDelta last = delta.Slice("c", 5, isFirst: false, isLast: true);

        AssertSame(new ChatDelta(delta) { Text = "a", FinishReason = null, Usage = null }, first);
        Assert.True(middle.IsTextOnly);
        Assert.Equal((delta.FinishReason, delta.Usage), (last.FinishReason, last.Usage));
        Assert.Equal((null, null, 0), (last.Role, last.Reasoning, last.ToolCalls.Count));
        Assert.All([first, middle, last], part => Assert.Equal((2, "id"), (part.ChoiceIndex, part.Stream.Id)));
        AssertSame(delta, delta.Slice(delta.Text, delta.TextOffset, isFirst: true, isLast: true));
    }

    [Fact]
    public void A_join_keeps_every_member_of_either()
    {
        ChatDelta full = Full();
        var before = new DeltaBatch();
        Assert.True(before.TryAdd(new ChatDelta { ChoiceIndex = 2, TextOffset = 3, ReasoningOffset = 4, Stream = full.Stream }));
        Assert.False(before.TryAdd(full)); // a seam begins a delta
        Assert.True(before.TryAdd(new ChatDelta(full) { Seam = null }));
        AssertSame(new ChatDelta(full) { Seam = null }, before.ToDelta());

        var after = new DeltaBatch();
        Assert.True(after.TryAdd(full));
        Assert.True(after.TryAdd(new ChatDelta { ChoiceIndex = 2, Text = "d", TextOffset = 6, ReasoningOffset = 5, Stream = full.Stream }));
        AssertSame(new ChatDelta(full) { Text = "abcd" }, after.ToDelta());
    }

    [Fact]
    public void Two_deltas_are_not_joined_where_a_member_might_be_lost()
    {
        ChatDelta full = Full();
        foreach (PropertyInfo property in typeof(ChatDelta).GetProperties())
        {
            var other = new ChatDelta { ToolCalls = full.ToolCalls };
            property.SetValue(other, property.GetValue(full));
            var batch = new DeltaBatch();
            batch.TryAdd(new ChatDelta { ToolCalls = full.ToolCalls });
            if (!batch.TryAdd(other)) continue;
            if (property.Name is nameof(ChatDelta.ChoiceIndex)) continue; // those of other choices are in other batches
            if (property.Name is nameof(ChatDelta.ToolCalls)) Assert.Equal(2, batch.ToDelta().ToolCalls.Count);
            else Assert.Equal(property.GetValue(full), property.GetValue(batch.ToDelta()));
        }
    }

    /// <summary>A delta of which no member has its default value. A member that is added later must be added here.</summary>
    internal static ChatDelta Full()
    {
        var delta = new ChatDelta
        {
            ChoiceIndex = 2,
            Role = ChatRole.Assistant,
            Text = "abc",
            TextOffset = 3,
            Reasoning = "r",
            ReasoningOffset = 4,
            Refusal = "no",
            RefusalOffset = 5,
            ToolCalls = [new ToolCallDelta { Name = "f" }],
            FinishReason = ChatFinishReason.Stop,
            Usage = new UsageDetails(),
            OtherContents = [new TextContent("")],
            Raw = new ChatRawEvent { EventType = "message", Data = default },
            Seam = new ChatSeam { Attempt = 2, TextOffset = 3, Reason = ChatStreamError.Connection, Kind = ChatSeamKind.Appended },
            Stream = new ChatStreamInfo { Id = "id" },
        };
        foreach (PropertyInfo property in typeof(ChatDelta).GetProperties())
        {
            object? value = property.GetValue(delta), none = property.GetValue(new ChatDelta());
            Assert.False(Equals(value, none), $"{property.Name} has its default value: add it here.");
        }

        return delta;
    }

    private static void AssertSame(ChatDelta expected, ChatDelta actual)
    {
        foreach (PropertyInfo property in typeof(ChatDelta).GetProperties()) Assert.Equal(property.GetValue(expected), property.GetValue(actual));
    }
}
