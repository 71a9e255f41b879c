using LlmStream.Operators.Stages;
using LlmStream.Operators.Text;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Operators.Stages;

public class StopStageTests
{
    private readonly StopStage _stage = new(new AhoCorasick(["</stop>"]));

    [Fact]
    public void Holds_back_a_prefix_of_a_stop_string()
    {
        Assert.Equal("a", _stage.Process(new ChatDelta { Text = "a</st" })!.Text);
        Assert.Null(_stage.Process(new ChatDelta { Text = "o", TextOffset = 5 }));
        ChatDelta rest = _stage.Flush()!;
        Assert.Equal(("</sto", 1), (rest.Text, rest.TextOffset));
        Assert.False(_stage.IsStopped);
    }

    [Fact]
    public void A_delta_with_other_members_passes_even_if_its_text_is_held_back()
    {
        ChatDelta delta = _stage.Process(new ChatDelta { Text = "</st", Reasoning = "r" })!;
        Assert.Equal(("", 0, "r"), (delta.Text, delta.TextOffset, delta.Reasoning));
    }

    [Fact]
    public void Stops_before_the_stop_string()
    {
        ChatDelta delta = _stage.Process(new ChatDelta { Text = "ab</stop>c" })!;
        Assert.Equal(("ab", ChatFinishReason.Stop), (delta.Text, delta.FinishReason));
        Assert.True(_stage.IsStopped);
    }

    [Fact]
    public void A_finish_reason_releases_what_is_held_back()
    {
        ChatDelta delta = _stage.Process(new ChatDelta { Text = "a</st", FinishReason = ChatFinishReason.Length })!;
        Assert.Equal(("a</st", ChatFinishReason.Length), (delta.Text, delta.FinishReason));
        Assert.Null(_stage.Flush());
    }

    [Fact]
    public void Text_that_the_server_removes_is_removed_even_if_nothing_else_is_delivered()
    {
        Assert.Equal("abc", _stage.Process(new ChatDelta { Text = "abc" })!.Text);
        ChatDelta delta = _stage.Process(new ChatDelta { Text = "</", TextOffset = 1 })!;
        Assert.Equal(("", 1), (delta.Text, delta.TextOffset));
    }
}
