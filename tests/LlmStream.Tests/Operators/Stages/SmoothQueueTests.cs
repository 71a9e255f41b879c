using LlmStream.Operators.Stages;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators.Stages;

public class SmoothQueueTests
{
    [Fact]
    public void Delivers_as_much_as_the_credit_allows()
    {
        var queue = new SmoothQueue();
        queue.Enqueue(new ChatDelta { Text = "abcdef" });
        Assert.Equal(6, queue.Backlog);
        Assert.False(queue.TryDequeue(out _));
        queue.AddCredit(2.5);
        Assert.Equal([("ab", 0)], Take(queue));
        queue.AddCredit(1.5); // 0.5 is left of the last
        Assert.Equal([("cd", 2)], Take(queue));
        Assert.Equal(2, queue.Backlog);
        queue.AddCredit(100);
        Assert.Equal([("ef", 4)], Take(queue));
        Assert.Equal((0, true), (queue.Backlog, queue.IsEmpty));
    }

    [Fact]
    public void Unused_credit_is_kept_for_one_character_only()
    {
        var queue = new SmoothQueue();
        queue.AddCredit(100);
        queue.Enqueue(new ChatDelta { Text = "abcdef" });
        queue.AddCredit(1);
        Assert.Equal([("abc", 0)], Take(queue));
    }

    [Theory]
    [InlineData("世界", 4)]
    [InlineData("😀", 2)]
    [InlineData("👨‍👩‍👧‍👦", 2)]
    [InlineData("e\u0301", 1)]
    [InlineData("한", 2)]
    [InlineData("Ａ", 2)]
    public void Counts_columns(string text, int expected)
    {
        var queue = new SmoothQueue();
        queue.Enqueue(new ChatDelta { Text = text });
        Assert.Equal(expected, queue.Backlog);
        queue.AddCredit(expected);
        Assert.Equal(text, string.Concat(Take(queue).Select(part => part.Text)));
    }

    [Fact]
    public void Reasoning_is_delivered_whole_and_paid_for_afterwards()
    {
        var queue = new SmoothQueue();
        queue.Enqueue(new ChatDelta { Reasoning = "thoughts", Text = "ab", FinishReason = ChatFinishReason.Stop });
        Assert.Equal(10, queue.Backlog);
        queue.AddCredit(1);
        Assert.True(queue.TryDequeue(out ChatDelta? first));
        Assert.Equal(("thoughts", "", null), (first.Reasoning, first.Text, first.FinishReason));
        queue.AddCredit(7);
        Assert.False(queue.TryDequeue(out _));
        queue.AddCredit(2);
        Assert.True(queue.TryDequeue(out ChatDelta? last));
        Assert.Equal(("", "ab", ChatFinishReason.Stop), (last.Reasoning, last.Text, last.FinishReason));
    }

    [Fact]
    public void A_delta_without_text_is_free()
    {
        var queue = new SmoothQueue();
        var delta = new ChatDelta { FinishReason = ChatFinishReason.Stop };
        queue.Enqueue(delta);
        Assert.True(queue.TryDequeue(out ChatDelta? delivered));
        Assert.Same(delta, delivered);
    }

    private static List<(string Text, int Offset)> Take(SmoothQueue queue)
    {
        var taken = new List<(string, int)>();
        while (queue.TryDequeue(out ChatDelta? delta)) taken.Add((delta.Text, delta.TextOffset));
        return taken;
    }
}
