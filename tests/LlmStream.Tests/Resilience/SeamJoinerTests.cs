using LlmStream.Resilience;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Resilience;

/// <summary>The deltas of a continuation as deltas of the whole answer.</summary>
public class SeamJoinerTests
{
    private const string Partial = "The sky is ";

    private static readonly ChatStreamInfo Second = new() { Attempt = 2 };
    private static readonly ChatStreamException Failure = Calls.Failure(ChatStreamError.IdleTimeout);

    [Fact]
    public void Offsets_are_in_the_whole_text()
    {
        SeamJoiner joiner = Joiner();
        Assert.Equal(("blue", 11), Shown(joiner.Join(Delta("blue", 0))));
        Assert.Equal((".", 15), Shown(joiner.Join(Delta(".", 4))));
        Assert.Null(joiner.Complete());
    }

    [Fact]
    public void The_first_delta_has_the_seam_and_no_other()
    {
        SeamJoiner joiner = Joiner();
        Assert.Equal(
            new ChatSeam { Attempt = 2, TextOffset = 11, Reason = ChatStreamError.IdleTimeout, Kind = ChatSeamKind.Appended },
            joiner.Join(Delta("blue", 0))!.Seam);
        Assert.Null(joiner.Join(Delta(".", 4))!.Seam);
    }

    [Fact]
    public void The_role_is_left_out()
    {
        SeamJoiner joiner = Joiner();
        Assert.Null(joiner.Join(new ChatDelta { Role = ChatRole.Assistant, Stream = Second }));
        Assert.Null(joiner.Join(new ChatDelta { Role = ChatRole.Assistant, Text = "blue", Stream = Second })!.Role);
    }

    public static TheoryData<ChatDelta> WithContent =>
    [
        new ChatDelta { Reasoning = "Hm", Stream = Second },
        new ChatDelta { Refusal = "I", Stream = Second },
        new ChatDelta { FinishReason = ChatFinishReason.Stop, Stream = Second },
        new ChatDelta { Usage = new UsageDetails { InputTokenCount = 1 }, Stream = Second },
        new ChatDelta { ToolCalls = [new ToolCallDelta { Index = 0 }], Stream = Second },
        new ChatDelta { OtherContents = [new TextContent("x")], Stream = Second },
    ];

    [Theory]
    [MemberData(nameof(WithContent))]
    public void A_delta_with_content_other_than_text_is_delivered(ChatDelta delta)
    {
        ChatDelta joined = Joiner().Join(delta)!;
        Assert.NotNull(joined.Seam);
        Assert.Equal(
            (delta.Reasoning, delta.Refusal, delta.FinishReason, delta.Usage, delta.ToolCalls.Count, delta.OtherContents.Count),
            (joined.Reasoning, joined.Refusal, joined.FinishReason, joined.Usage, joined.ToolCalls.Count, joined.OtherContents.Count));
        Assert.Equal(("", 11), Shown(joined));
    }

    [Fact]
    public void An_empty_delta_is_left_out_unless_it_has_a_raw_event()
    {
        SeamJoiner joiner = Joiner();
        Assert.Null(joiner.Join(new ChatDelta { Stream = Second }));
        var raw = new ChatRawEvent { EventType = "message", Data = "{}"u8.ToArray() };
        ChatDelta joined = joiner.Join(new ChatDelta { Raw = raw, Stream = Second })!;

        Assert.Same(raw, joined.Raw);
        Assert.Equal((null, 11), (joined.Seam, joined.TextOffset)); // the seam is left for content
        Assert.NotNull(joiner.Join(Delta("blue", 0))!.Seam);
        Assert.Null(joiner.Join(Delta("", 4)));
    }

    [Fact]
    public void Reasoning_is_added_to_that_of_the_partial_answer()
    {
        SeamJoiner joiner = Joiner(new ChatChoice { Text = Partial, Reasoning = "Hm. " });
        Assert.Equal(4, joiner.Join(new ChatDelta { Reasoning = "So", Stream = Second })!.ReasoningOffset);
        Assert.Equal(6, joiner.Join(new ChatDelta { Reasoning = ".", ReasoningOffset = 2, Stream = Second })!.ReasoningOffset);
    }

    [Fact]
    public void Text_that_is_held_back_is_delivered_when_it_is_certain()
    {
        SeamJoiner joiner = Joiner(continuation: ChatContinuation.Instruction);
        Assert.Null(joiner.Join(Delta("sky ", 0)));
        Assert.Equal(("sky falls", 11), Shown(joiner.Join(Delta("falls", 4))));
    }

    [Fact]
    public void Text_that_is_held_back_is_delivered_with_the_finish_reason()
    {
        SeamJoiner joiner = Joiner(continuation: ChatContinuation.Instruction);
        Assert.Null(joiner.Join(Delta("sky ", 0)));
        ChatDelta joined = joiner.Join(new ChatDelta { TextOffset = 4, FinishReason = ChatFinishReason.Stop, Stream = Second })!;
        Assert.Equal(("sky ", 11), Shown(joined));
        Assert.Equal(ChatFinishReason.Stop, joined.FinishReason);
        Assert.Null(joiner.Complete());
    }

    [Fact]
    public void Text_that_is_held_back_is_delivered_at_the_end()
    {
        SeamJoiner joiner = Joiner(continuation: ChatContinuation.Instruction);
        Assert.Null(joiner.Join(Delta("sky ", 0)));
        ChatDelta last = joiner.Complete()!;
        Assert.Equal(("sky ", 11), Shown(last));
        Assert.Equal((2, true), (last.Stream.Attempt, last.Seam is not null));
        Assert.Null(joiner.Complete());
    }

    [Fact]
    public void A_repetition_is_skipped()
    {
        SeamJoiner joiner = Joiner(continuation: ChatContinuation.Instruction);
        Assert.Equal(("blue", 11), Shown(joiner.Join(Delta("The sky is blue", 0))));
        Assert.Equal((".", 15), Shown(joiner.Join(Delta(".", 15))));
    }

    [Fact]
    public void A_restart_is_delivered_from_where_it_differs()
    {
        SeamJoiner joiner = Joiner(continuation: ChatContinuation.Restart, onRestart: ChatRestartPolicy.Deliver);
        ChatDelta joined = joiner.Join(Delta("The sea ", 0))!;
        Assert.Equal(("ea ", 5), Shown(joined));
        Assert.Equal((ChatSeamKind.Restarted, 11), (joined.Seam!.Kind, joined.Seam.TextOffset));
        Assert.Equal(("is deep.", 8), Shown(joiner.Join(Delta("is deep.", 8))));
        Assert.False(joiner.IsRestartForbidden);
    }

    [Fact]
    public void A_restart_that_is_forbidden_is_not_delivered()
    {
        SeamJoiner joiner = Joiner(continuation: ChatContinuation.Restart);
        Assert.Null(joiner.Join(Delta("The s", 0)));
        Assert.False(joiner.IsRestartForbidden);
        Assert.Null(joiner.Join(Delta("ea", 5)));
        Assert.True(joiner.IsRestartForbidden);
        Assert.Null(joiner.Complete());
        Assert.Same(Failure, joiner.Failure);
    }

    [Fact]
    public void A_restart_that_is_forbidden_may_be_certain_only_at_the_end()
    {
        SeamJoiner joiner = Joiner(continuation: ChatContinuation.Restart);
        Assert.Null(joiner.Join(Delta("The s", 0)));
        Assert.Null(joiner.Complete());
        Assert.True(joiner.IsRestartForbidden);
    }

    [Fact]
    public void Text_that_the_server_rewrites_is_replaced()
    {
        SeamJoiner joiner = Joiner();
        Assert.Equal(("green", 11), Shown(joiner.Join(Delta("green", 0))));
        Assert.Equal(("rey", 12), Shown(joiner.Join(Delta("rey", 1))));
        Assert.Equal(("", 13), Shown(joiner.Join(Delta("", 2)))); // a rewrite may only remove
    }

    [Fact]
    public void Text_that_the_server_rewrites_while_it_is_held_back_is_replaced()
    {
        SeamJoiner joiner = Joiner(continuation: ChatContinuation.Restart);
        Assert.Null(joiner.Join(Delta("The s", 0)));
        Assert.Null(joiner.Join(Delta("sky", 4)));
        Assert.Equal(("blue", 11), Shown(joiner.Join(Delta(" is blue", 7))));
    }

    [Theory]
    [InlineData(14, true)]
    [InlineData(15, false)]
    [InlineData(16, false)]
    public void The_text_of_all_attempts_together_may_be_as_long_as_the_limit(int limit, bool isTooLong)
    {
        SeamJoiner joiner = Joiner(maxLength: limit);
        joiner.Join(Delta("bl", 0));
        Assert.False(joiner.IsTooLong);
        Assert.Equal(isTooLong, joiner.Join(Delta("ue", 2)) is null); // what is too long is not delivered
        Assert.Equal(isTooLong, joiner.IsTooLong);
        Assert.Equal(ChatStreamError.TooLarge, joiner.CreateTooLarge().Error);
        Assert.Contains($"{limit} characters", joiner.CreateTooLarge().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_reasoning_of_all_attempts_together_has_the_same_limit()
    {
        SeamJoiner joiner = Joiner(new ChatChoice { Text = Partial, Reasoning = "0123456789" }, maxLength: 12);
        Assert.NotNull(joiner.Join(new ChatDelta { Reasoning = "ab", Stream = Second }));
        Assert.Null(joiner.Join(new ChatDelta { Reasoning = "c", ReasoningOffset = 2, Stream = Second }));
        Assert.True(joiner.IsTooLong);
    }

    [Fact]
    public void A_choice_that_nobody_asked_for_is_passed_on_as_it_is()
    {
        SeamJoiner joiner = Joiner();
        ChatDelta first = joiner.Join(new ChatDelta { ChoiceIndex = 1, Text = "Red", Role = ChatRole.Assistant, Stream = Second })!;
        Assert.Equal((1, "Red", 0, true), (first.ChoiceIndex, first.Text, first.TextOffset, first.Seam is not null));
        Assert.Equal(ChatRole.Assistant, first.Role);
        Assert.Equal(("blue", 11), Shown(joiner.Join(Delta("blue", 0))));
        Assert.Equal(("dish", 3), Shown(joiner.Join(new ChatDelta { ChoiceIndex = 1, Text = "dish", TextOffset = 3, Stream = Second })));
        Assert.Equal((".", 15), Shown(joiner.Join(Delta(".", 4))));
    }

    [Fact]
    public void A_restart_after_reasoning_has_another_seam()
    {
        SeamJoiner joiner = Joiner(continuation: ChatContinuation.Restart, onRestart: ChatRestartPolicy.Deliver);
        Assert.Equal(ChatSeamKind.Appended, joiner.Join(new ChatDelta { Reasoning = "Hm", Stream = Second })!.Seam!.Kind);
        Assert.Equal(ChatSeamKind.Restarted, joiner.Join(new ChatDelta { Text = "The sea", ReasoningOffset = 2, Stream = Second })!.Seam!.Kind);
        Assert.Null(joiner.Join(new ChatDelta { Text = ".", TextOffset = 7, ReasoningOffset = 2, Stream = Second })!.Seam);
    }

    [Fact]
    public void Without_a_choice_before_the_seam_the_first_one_is_continued()
    {
        var joiner = new SeamJoiner(
            new SeamText("", 0, "", ChatContinuation.Prefill, providerEchoes: false), ChatStreamResult.Empty, Failure, 2, ChatRestartPolicy.Fail, 1_000);
        ChatDelta first = joiner.Join(new ChatDelta { Role = ChatRole.Assistant, Text = "blue", Stream = Second })!;
        Assert.Equal(("blue", 0, ChatRole.Assistant), (first.Text, first.TextOffset, first.Role!.Value));
        Assert.Null(joiner.Join(new ChatDelta { Role = ChatRole.Assistant, Text = ".", TextOffset = 4, Stream = Second })!.Role);
    }

    [Fact]
    public void The_continued_choice_is_that_of_the_first_text_not_of_usage_before_it()
    {
        var joiner = new SeamJoiner(
            new SeamText("", 0, "", ChatContinuation.Prefill, providerEchoes: false), ChatStreamResult.Empty, Failure, 2, ChatRestartPolicy.Fail, 1_000);
        joiner.Join(new ChatDelta { Usage = new UsageDetails { InputTokenCount = 1 }, Stream = Second });
        Assert.Equal(("blue", 0), Shown(joiner.Join(new ChatDelta { ChoiceIndex = 1, Text = "blue", Stream = Second })));
        ChatDelta usage = joiner.Join(new ChatDelta { Usage = new UsageDetails { OutputTokenCount = 2 }, Stream = Second })!;
        Assert.Equal((1, 4), (usage.ChoiceIndex, usage.TextOffset));
    }

    private static SeamJoiner Joiner(
        ChatChoice? choice = null,
        ChatContinuation continuation = ChatContinuation.Prefill,
        ChatRestartPolicy onRestart = ChatRestartPolicy.Fail,
        int maxLength = 1_000)
    {
        var partial = new ChatStreamResult { Choices = [choice ?? new ChatChoice { Text = Partial, Role = ChatRole.Assistant }] };
        // Sent as it is, so that no white space is expected at the seam.
        var seam = new SeamText(Partial, Partial.Length, Partial, continuation, providerEchoes: false);
        return new SeamJoiner(seam, partial, Failure, 2, onRestart, maxLength);
    }

    private static ChatDelta Delta(string text, int offset) => new() { Text = text, TextOffset = offset, Stream = Second };

    private static (string Text, int Offset) Shown(ChatDelta? delta) => (delta!.Text, delta.TextOffset);
}
