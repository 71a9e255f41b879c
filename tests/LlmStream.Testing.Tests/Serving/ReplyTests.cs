using LlmStream.Testing.Requests;
using LlmStream.Testing.Scripting;
using LlmStream.Testing.Serving;

namespace LlmStream.Testing.Tests.Serving;

public sealed class ReplyTests
{
    private static readonly AnswerContent Answer = new("Hi 👍 there")
    {
        Reasoning = "Let me think",
        ToolCalls = [new ScriptedToolCall("c", "f", "{}")],
    };

    [Fact]
    public void Deltas_come_in_the_order_of_providers()
    {
        Reply reply = Create(Answer with { TokensPerChunk = 100 }, new ContinuationBehavior(), default);

        Assert.Equal(
            ["Start:", "Reasoning:Let me think", "Text:Hi 👍 there", "ToolCall:", "ToolArguments:{}", "Finish:"],
            reply.GetDeltas().Select(delta => $"{delta.Kind}:{delta.Text}"));
        Assert.Equal("tool_calls", reply.FinishReason);
    }

    [Fact]
    public void Tokens_are_counted_up_to_each_delta()
    {
        Reply reply = Create(new AnswerContent("One two three"), new ContinuationBehavior(), default);

        Assert.Equal([0, 1, 2, 3, 3], reply.GetDeltas().Select(delta => delta.Tokens));
    }

    [Theory]
    [InlineData(5, 0, " there")]
    [InlineData(5, 1, "👍 there")]
    [InlineData(5, 99, "Hi 👍 there")]
    public void Continuation_repeats_the_overlap_and_splits_no_character(int point, int overlap, string expected)
    {
        var behavior = new ContinuationBehavior { Overlap = overlap };
        Reply reply = Create(Answer, behavior, new ContinuationPoint(ContinuationKind.Prefill, point, Answer.Reasoning.Length));

        (string text, string reasoning, _) = ReplyDelta.Collect(reply.GetDeltas());
        Assert.Equal((expected, ""), (text, reasoning));
        Assert.False(reply.HasReasoning);
    }

    [Fact]
    public void Continuation_that_starts_over_includes_the_reasoning()
    {
        var behavior = new ContinuationBehavior { StartsOver = true, OtherText = "Bye" };
        Reply reply = Create(Answer, behavior, new ContinuationPoint(ContinuationKind.Prefill, 5, Answer.Reasoning.Length));

        (string text, string reasoning, _) = ReplyDelta.Collect(reply.GetDeltas());
        Assert.Equal(("Bye", "Let me think"), (text, reasoning));
    }

    private static Reply Create(AnswerContent answer, ContinuationBehavior behavior, ContinuationPoint point) =>
        new(answer, new ParsedRequest(), behavior, point, number: 0);
}
