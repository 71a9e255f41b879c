using System.Reflection;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Chat;

public class ChatDeltaTests
{
    [Fact]
    public void A_copy_keeps_every_member()
    {
        ChatDelta delta = Full();
        AssertSame(delta, new ChatDelta(delta));
    }

    [Fact]
    public void Members_of_a_copy_can_be_reset()
    {
        var copy = new ChatDelta(Full())
        {
            Role = null, FinishReason = null, Usage = null, Refusal = "", ToolCalls = [], OtherContents = [], Raw = null, Seam = null,
        };
        Assert.Null(copy.Role);
        Assert.Null(copy.FinishReason);
        Assert.Null(copy.Usage);
        Assert.Equal("", copy.Refusal);
        Assert.Empty(copy.ToolCalls);
        Assert.Empty(copy.OtherContents);
        Assert.Null(copy.Raw);
        Assert.Null(copy.Seam);
        Assert.Equal(ChatRole.Assistant, Full().Role);
    }

    [Fact]
    public void Slices_hold_each_member_once()
    {
        ChatDelta delta = Full();
        ChatDelta first = delta.Slice("a", 3, isFirst: true, isLast: false);
        ChatDelta middle = delta.Slice("b", 4, isFirst: false, isLast: false);
        ChatDelta last = delta.Slice("c", 5, isFirst: false, isLast: true);

        AssertSame(new ChatDelta(delta) { Text = "a", FinishReason = null, Usage = null }, first);
        Assert.Equal((null, "", "", 0), (middle.Role, middle.Reasoning, middle.Refusal, middle.ToolCalls.Count));
        Assert.Equal(delta.ReasoningOffset + delta.Reasoning.Length, middle.ReasoningOffset);
        Assert.Equal(delta.RefusalOffset + delta.Refusal.Length, middle.RefusalOffset);
        Assert.Equal((delta.FinishReason, delta.Usage), (last.FinishReason, last.Usage));
        Assert.Equal((null, "", 0), (last.Role, last.Reasoning, last.ToolCalls.Count));
        Assert.All([first, middle, last], slice => Assert.Equal((2, "id"), (slice.ChoiceIndex, slice.Stream.Id)));
        AssertSame(delta, delta.Slice(delta.Text, delta.TextOffset, isFirst: true, isLast: true));
        AssertSame(middle, delta.WithOnlyText("b", 4));
    }

    /// <summary>
    /// The predicates that are true for a delta in which one member is set. C: HasContent, B: HasContentBesidesText, c: BelongsToChoice,
    /// o: HasOutput, t: IsTextOnly, r: IsTextAndReasoningOnly, f: IsTextReasoningAndToolCallsOnly.
    /// </summary>
    [Theory]
    [InlineData("", "trf")]
    [InlineData(nameof(ChatDelta.ChoiceIndex), "trf")]
    [InlineData(nameof(ChatDelta.TextOffset), "trf")]
    [InlineData(nameof(ChatDelta.ReasoningOffset), "trf")]
    [InlineData(nameof(ChatDelta.Stream), "trf")]
    [InlineData(nameof(ChatDelta.Text), "Ccotrf")]
    [InlineData(nameof(ChatDelta.Reasoning), "CBcorf")]
    [InlineData(nameof(ChatDelta.Refusal), "CBco")]
    [InlineData(nameof(ChatDelta.ToolCalls), "CBcof")]
    [InlineData(nameof(ChatDelta.OtherContents), "CBc")]
    [InlineData(nameof(ChatDelta.FinishReason), "CBc")]
    [InlineData(nameof(ChatDelta.Role), "c")]
    [InlineData(nameof(ChatDelta.Usage), "")]
    [InlineData(nameof(ChatDelta.Seam), "")]
    [InlineData(nameof(ChatDelta.Raw), "")]
    [InlineData(nameof(ChatDelta.RefusalOffset), "")]
    public void Predicates_depend_on_the_members_that_are_set(string member, string expected)
    {
        var delta = new ChatDelta();
        if (member.Length > 0)
        {
            PropertyInfo property = typeof(ChatDelta).GetProperty(member)!;
            property.SetValue(delta, property.GetValue(Full()));
        }

        string actual = (delta.HasContent ? "C" : "") + (delta.HasContentBesidesText ? "B" : "") + (delta.BelongsToChoice ? "c" : "")
            + (delta.HasOutput ? "o" : "") + (delta.IsTextOnly ? "t" : "") + (delta.IsTextAndReasoningOnly ? "r" : "")
            + (delta.IsTextReasoningAndToolCallsOnly ? "f" : "");
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Every_member_has_a_case_in_the_test_of_the_predicates()
    {
        IEnumerable<string?> cases = typeof(ChatDeltaTests).GetMethod(nameof(Predicates_depend_on_the_members_that_are_set))!
            .GetCustomAttributes<InlineDataAttribute>().Select(data => (string?)data.Data[0]);
        Assert.Empty(typeof(ChatDelta).GetProperties().Select(property => property.Name).Except(cases));
    }

    [Fact]
    public void Empty_strings_are_content_but_not_output()
    {
        Assert.True(new ChatDelta { Reasoning = "" }.HasContent);
        Assert.False(new ChatDelta { Reasoning = "" }.HasOutput);
        Assert.True(new ChatDelta { Refusal = "" }.HasContent);
        Assert.False(new ChatDelta { Refusal = "" }.HasOutput);
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
            Assert.False(Equals(value, none), $"{property.Name} has its default value: set it here.");
        }

        return delta;
    }

    internal static void AssertSame(ChatDelta expected, ChatDelta actual)
    {
        foreach (PropertyInfo property in typeof(ChatDelta).GetProperties())
            Assert.Equal(property.GetValue(expected), property.GetValue(actual));
    }
}
