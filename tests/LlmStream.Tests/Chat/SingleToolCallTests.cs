using LlmStream.Chat;

namespace LlmStream.Tests.Chat;

public class SingleToolCallTests
{
    [Fact]
    public void It_is_a_list_of_one()
    {
        var call = new ToolCallDelta { Index = 2, Arguments = "a" };
        var list = new SingleToolCall(call);
        Assert.Equal((1, call), (list.Count, list[0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => list[1]);
        Assert.Equal([call], list);
    }

    [Fact]
    public void Several_loops_at_once_do_not_disturb_each_other()
    {
        var list = new SingleToolCall(new ToolCallDelta());
        int count = 0;
        foreach (ToolCallDelta outer in list)
        {
            foreach (ToolCallDelta inner in list) count += ReferenceEquals(outer, inner) ? 1 : 100;
        }

        Assert.Equal(1, count);
        Assert.Single(list);
        Assert.Single(list.ToArray());
    }

    [Fact]
    public void An_enumerator_can_be_reset()
    {
        using IEnumerator<ToolCallDelta> enumerator = new SingleToolCall(new ToolCallDelta()).GetEnumerator();
        Assert.True(enumerator.MoveNext());
        Assert.False(enumerator.MoveNext());
        Assert.False(enumerator.MoveNext());
        enumerator.Reset();
        Assert.True(enumerator.MoveNext());
    }
}
