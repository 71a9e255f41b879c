using LlmStream.Answers;
using LlmStream.Answers.Templates;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Answers;

public class AnswerBuilderTests
{
    [Fact]
    public void Choices_are_found_by_index()
    {
        AnswerBuilder answer = Create();
        ChoiceBuilder second = answer.EditChoice(7), first = answer.EditChoice(0);
        Assert.Same(second, answer.EditChoice(7));
        Assert.Same(first, answer.EditChoice(0));
        Assert.Equal([7, 0], answer.Choices.Select(choice => choice.Index)); // in the order of their appearance
        Assert.Equal([0, 7], answer.ToResult(isComplete: true).Choices.Select(choice => choice.Index));
    }

    [Fact]
    public void The_number_of_choices_is_limited()
    {
        AnswerBuilder answer = Create();
        for (int i = 0; i < AnswerBuilder.MaxChoices; i++) answer.EditChoice(i);
        Assert.Throws<AnswerTooLargeException>(() => answer.EditChoice(AnswerBuilder.MaxChoices));
        answer.EditChoice(AnswerBuilder.MaxChoices - 1);
        Assert.Equal(AnswerBuilder.MaxChoices, answer.Choices.Count);
    }

    [Fact]
    public void An_answer_is_finished_if_all_its_choices_are()
    {
        AnswerBuilder answer = Create();
        Assert.False(answer.IsFinished);
        answer.EditChoice(0).Finish("stop", ChatFinishReason.Stop);
        Assert.True(answer.IsFinished);
        answer.EditChoice(1);
        Assert.False(answer.IsFinished);
        answer.EditChoice(1).Finish("stop", ChatFinishReason.Stop);
        Assert.True(answer.IsFinished);
    }

    [Fact]
    public void Each_changed_choice_gets_one_delta()
    {
        AnswerBuilder answer = Create();
        answer.EditChoice(1).AddText("b"u8, escaped: false);
        answer.EditChoice(0).AddText("a"u8, escaped: false);
        answer.EditChoice(1).AddText("c"u8, escaped: false);
        answer.EditChoice(2); // not changed
        Assert.False(answer.HasDeltas);
        answer.EndEvent();
        Assert.True(answer.HasDeltas);
        Assert.Equal(["1 bc", "0 a"], Take(answer));
        answer.EndEvent();
        Assert.False(answer.HasDeltas);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Usage_that_comes_with_every_piece_of_text_is_reported_after_it(int choices)
    {
        AnswerBuilder answer = Create();
        for (int count = 1; count <= 3; count++)
        {
            for (int i = 0; i < choices; i++) answer.EditChoice(i).AddText("a"u8, escaped: false);
            answer.Usage.Set(UsageCount.Output, count);
            answer.EndEvent();
            Assert.DoesNotContain("out", string.Concat(Take(answer)), StringComparison.Ordinal);
        }

        for (int i = 0; i < choices; i++) answer.EditChoice(i).Finish("stop", ChatFinishReason.Stop);
        answer.EndEvent();
        Assert.Equal(choices == 1 ? ["0 stop out=3"] : ["0 stop", "1 stop out=3"], Take(answer)); // with the last choice
        answer.EndStream();
        Assert.Empty(Take(answer)); // once
    }

    [Fact]
    public void Usage_without_changes_gets_a_delta_of_the_first_choice()
    {
        AnswerBuilder answer = Create();
        answer.Usage.Set(UsageCount.Output, 1);
        answer.EndEvent(); // before any choice
        answer.EditChoice(4);
        answer.Usage.Set(UsageCount.Output, 2);
        answer.EndEvent();
        answer.EditChoice(5);
        answer.EditChoice(6);
        answer.Usage.Set(UsageCount.Output, 3);
        answer.EndEvent();
        Assert.Equal(["0 out=1", "4 out=2", "4 out=3"], Take(answer));
        Assert.Equal(3, answer.ToResult(isComplete: true).Usage!.OutputTokenCount);
    }

    [Fact]
    public void Usage_of_a_stream_that_ends_within_the_text_is_reported_at_the_end()
    {
        AnswerBuilder answer = Create();
        answer.EditChoice(0).AddText("a\\ud83d"u8, escaped: true);
        answer.Usage.Set(UsageCount.Output, 1);
        answer.EndEvent();
        Assert.Equal(["0 a"], Take(answer));
        answer.EndStream();
        Assert.Equal(["0 \uFFFD out=1"], Take(answer));
    }

    [Fact]
    public void A_raw_event_is_on_its_first_delta()
    {
        AnswerBuilder answer = new(ChatTextMode.Incremental, new ChatReadOptions { KeepRaw = true });
        Assert.False(answer.MayUseTemplates);
        answer.Raw = new ChatRawEvent { EventType = "empty", Data = default };
        answer.EndEvent();
        Assert.Equal(["0 raw=empty"], Take(answer)); // nothing was changed

        answer.Raw = new ChatRawEvent { EventType = "e", Data = default };
        answer.EditChoice(0).AddText("a"u8, escaped: false);
        answer.EditChoice(1).AddText("b"u8, escaped: false);
        answer.EndEvent();
        Assert.Equal(["0 a raw=e", "1 b"], Take(answer));
        Assert.Null(answer.Raw);
    }

    [Theory]
    [InlineData("a", false)]
    [InlineData("a\\n", true)]
    [InlineData("\\ud83d", true)] // held back
    [InlineData("é漢", false)]
    public void A_single_piece_is_the_same_as_an_edited_choice(string text, bool escaped)
    {
        foreach (TemplateSlotKind kind in new[] { TemplateSlotKind.Text, TemplateSlotKind.Reasoning })
        {
            byte[] raw = System.Text.Encoding.UTF8.GetBytes(text);
            AnswerBuilder fast = Create(), full = Create();
            fast.Info = full.Info = new ChatStreamInfo { Id = "id" };
            for (int i = 0; i < 3; i++)
            {
                if (!fast.AppendSinglePiece(fast.GetOrAdd(2), kind, raw, raw.Length, escaped)) fast.EndEvent();
                if (kind == TemplateSlotKind.Text) full.EditChoice(2).AddText(raw, escaped);
                else full.EditChoice(2).AddReasoning(raw, escaped);
                full.EndEvent();
            }

            fast.EndStream();
            full.EndStream();
            Assert.Equal(Deltas(full), Deltas(fast));
            Assert.Equal(Show.Answer(full.ToResult(isComplete: true)), Show.Answer(fast.ToResult(isComplete: true)));
        }

        static IEnumerable<string> Deltas(AnswerBuilder answer)
        {
            while (answer.TryTake(out ChatDelta? delta)) yield return Show.Delta(delta);
        }
    }

    [Fact]
    public void Templates_are_an_option()
    {
        Assert.True(Create().MayUseTemplates);
        Assert.False(new AnswerBuilder(ChatTextMode.Incremental, new ChatReadOptions { UseFastPath = false }).MayUseTemplates);
    }

    [Fact]
    public void A_released_answer_is_empty()
    {
        AnswerBuilder answer = Create();
        answer.EditChoice(0).AddText("text"u8, escaped: false);
        answer.EditChoice(0).AddReasoning("r"u8, escaped: false);
        answer.EditChoice(0).AddRefusal("f"u8, escaped: false);
        answer.EditChoice(0).AddToolCall(new ToolCallFragment { Name = "n", Arguments = "{}"u8 });
        answer.EndEvent();
        ChatStreamResult before = answer.ToResult(isComplete: true);
        answer.Release();
        Assert.Equal("text", before.Text);
        Assert.Equal("", answer.ToResult(isComplete: true).Text);
    }

    private static AnswerBuilder Create() => new(ChatTextMode.Incremental, new ChatReadOptions());

    private static List<string> Take(AnswerBuilder answer)
    {
        List<string> shown = [];
        while (answer.TryTake(out ChatDelta? delta))
        {
            string?[] parts =
            [
                $"{delta.ChoiceIndex}", delta.Text, delta.FinishReason?.Value, delta.Usage is { } usage ? $"out={usage.OutputTokenCount}" : null,
                delta.Raw is { } raw ? $"raw={raw.EventType}" : null,
            ];
            shown.Add(string.Join(' ', parts.Where(part => !string.IsNullOrEmpty(part))));
        }

        return shown;
    }
}
