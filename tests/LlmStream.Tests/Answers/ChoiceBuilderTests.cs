using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Answers.Templates;
using LlmStream.Tests.Json;
using Microsoft.Extensions.AI;

namespace LlmStream.Tests.Answers;

public class ChoiceBuilderTests
{
    [Fact]
    public void The_first_role_counts()
    {
        ChoiceBuilder choice = Create();
        choice.SetRole(ChatRole.Assistant);
        Assert.Equal(ChatRole.Assistant, Take(choice).Role);
        choice.SetRole(ChatRole.Tool);
        Assert.False(choice.HasChanges);
        Assert.Equal(ChatRole.Assistant, choice.ToChoice().Role);
    }

    [Theory]
    [InlineData("\"assistant\"", "assistant")]
    [InlineData("\"other\"", "other")]
    [InlineData("\"\"", null)]
    [InlineData("\" \\n\"", null)]
    [InlineData("null", null)]
    [InlineData("1", null)]
    public void A_role_is_a_string_that_is_not_empty(string json, string? role)
    {
        ChoiceBuilder choice = Create();
        Utf8JsonReader reader = JsonReaders.Open(json), none = default;
        choice.SetRole(ref none);
        choice.SetRole(ref reader);
        Assert.Equal(role, choice.ToChoice().Role?.Value);
        Assert.Equal(role is not null, choice.HasChanges);
    }

    [Fact]
    public void Pieces_of_one_event_are_joined()
    {
        ChoiceBuilder choice = Create();
        choice.AddText("ab"u8, escaped: false);
        choice.AddReasoning("r"u8, escaped: false);
        choice.AddText("cd"u8, escaped: false);
        ChatDelta delta = Take(choice);
        Assert.Equal(("abcd", 0, "r", 0), (delta.Text, delta.TextOffset, delta.Reasoning, delta.ReasoningOffset));
        choice.AddText("e"u8, escaped: false);
        delta = Take(choice);
        Assert.Equal(("e", 4, "", 1), (delta.Text, delta.TextOffset, delta.Reasoning, delta.ReasoningOffset));
        Assert.False(choice.HasChanges);
    }

    [Fact]
    public void Empty_strings_change_nothing()
    {
        ChoiceBuilder choice = Create();
        choice.AddText(""u8, escaped: false);
        choice.AddReasoning(""u8, escaped: false);
        choice.AddRefusal(""u8, escaped: false);
        Assert.False(choice.HasChanges);
    }

    [Fact]
    public void A_whole_text_replaces_what_came()
    {
        ChoiceBuilder choice = Create();
        choice.AddText("abc"u8, escaped: false);
        choice.AddReasoning("r"u8, escaped: false);
        choice.AddRefusal("f"u8, escaped: false);
        Take(choice);
        choice.AddText("abc"u8, escaped: false, isWhole: true);
        choice.AddReasoning("r"u8, escaped: false, isWhole: true);
        choice.AddRefusal("f"u8, escaped: false, isWhole: true);
        Assert.False(choice.HasChanges);
        choice.AddText("abd"u8, escaped: false, isWhole: true);
        ChatDelta delta = Take(choice);
        Assert.Equal(("d", 2), (delta.Text, delta.TextOffset));
        Assert.Equal("abd", choice.ToChoice().Text);
    }

    [Fact]
    public void The_ends_of_texts_are_replaced()
    {
        ChoiceBuilder choice = Create();
        Assert.Null(choice.TextOf(ChoiceText.Reasoning));
        choice.AddReasoning("why"u8, escaped: false);
        Take(choice);
        Assert.Equal(3, choice.TextOf(ChoiceText.Reasoning)!.ReceivedLength);
        choice.ReplaceEnd(ChoiceText.Text, 0, "text");
        choice.ReplaceEnd(ChoiceText.Refusal, 0, "refusal");
        choice.ReplaceEnd(ChoiceText.Reasoning, 0, "why not");
        ChatDelta delta = Take(choice);
        Assert.Equal(("text", "refusal", " not", 3), (delta.Text, delta.Refusal, delta.Reasoning, delta.ReasoningOffset));
        choice.ReplaceEnd(ChoiceText.Text, 0, "text");
        Assert.False(choice.HasChanges);
        choice.ReplaceEnd(ChoiceText.Text, 2, "st");
        delta = Take(choice);
        Assert.Equal(("st", 2), (delta.Text, delta.TextOffset));
    }

    [Fact]
    public void A_finish_reason_is_emitted_if_it_changes()
    {
        ChoiceBuilder choice = Create();
        Assert.False(choice.IsFinished);
        choice.Finish("eos", ChatFinishReason.Stop);
        Assert.Equal(ChatFinishReason.Stop, Take(choice).FinishReason);
        choice.Finish("eos", ChatFinishReason.Stop);
        Assert.False(choice.HasChanges);
        choice.Finish("stop", ChatFinishReason.Stop);
        Assert.True(choice.HasChanges);
        choice.Finish("length", ChatFinishReason.Length);
        Assert.Equal(ChatFinishReason.Length, Take(choice).FinishReason);
        Assert.Equal((true, "length"), (choice.IsFinished, choice.ProviderFinish));
    }

    [Theory]
    [InlineData("", "samesame", false)] // a server that sends increments sends an empty one with the finish reason
    [InlineData("same", "same", true)] // one that sends snapshots repeats the text
    public void An_undecided_text_is_decided_by_the_text_of_the_event_with_the_finish_reason(string last, string expected, bool isCumulative)
    {
        ChoiceBuilder choice = Create(ChatTextMode.Auto);
        for (int i = 0; i < 3; i++)
        {
            choice.AddText(Encoding.UTF8.GetBytes(i < 2 ? "same" : last), escaped: false);
            if (i == 2) choice.Finish("stop", ChatFinishReason.Stop);
            choice.EndEvent();
        }

        Assert.Equal((expected, isCumulative), (choice.ToChoice().Text, choice.IsTextCumulative));
    }

    [Fact]
    public void Text_without_a_finish_reason_is_in_mid_text()
    {
        ChoiceBuilder choice = Create();
        Assert.False(choice.IsMidText);
        choice.AddReasoning("r"u8, escaped: false);
        Assert.True(choice.IsMidText);
        choice.Finish("stop", ChatFinishReason.Stop);
        Assert.False(choice.IsMidText);
    }

    [Theory]
    [InlineData(19, true)]
    [InlineData(20, true)]
    [InlineData(21, false)]
    public void The_size_of_other_contents_is_limited(int size, bool fits)
    {
        // The larger of the two limits counts.
        foreach (ChatReadOptions options in new[]
        {
            new ChatReadOptions { MaxAnswerCharacters = 20, MaxEventBytes = 10 }, new ChatReadOptions { MaxAnswerCharacters = 10, MaxEventBytes = 20 },
        })
        {
            var choice = new ChoiceBuilder(0, ChatTextMode.Incremental, options, new TemplateRecorder());
            choice.ReserveContent(5);
            if (fits) choice.AddContent(new TextContent(""), size - 5);
            else Assert.Throws<AnswerTooLargeException>(() => choice.AddContent(new TextContent(""), size - 5));
            Assert.Equal((fits, fits), (choice.HasContents, choice.HasChanges));
        }
    }

    [Theory]
    [InlineData(9, true)]
    [InlineData(10, true)]
    [InlineData(11, false)]
    public void The_length_of_each_text_is_limited(int length, bool fits)
    {
        byte[] text = Encoding.UTF8.GetBytes(new string('x', length));
        Action<ChoiceBuilder>[] additions =
        [
            choice => choice.AddText(text, escaped: false), choice => choice.AddReasoning(text, escaped: false), choice => choice.AddRefusal(text, escaped: false),
            choice => choice.AddText(text, escaped: false, isWhole: true), choice => choice.ReplaceEnd(ChoiceText.Refusal, 0, Encoding.UTF8.GetString(text)),
        ];
        foreach (Action<ChoiceBuilder> add in additions)
        {
            var choice = new ChoiceBuilder(0, ChatTextMode.Incremental, new ChatReadOptions { MaxAnswerCharacters = 10 }, new TemplateRecorder());
            if (fits) add(choice);
            else Assert.Throws<AnswerTooLargeException>(() => add(choice));
            Assert.Equal(fits, choice.HasChanges);
        }
    }

    [Fact]
    public void Everything_that_slots_cannot_express_discards_the_recording()
    {
        Action<ChoiceBuilder>[] changes =
        [
            choice => choice.AddText("x"u8, escaped: false), // at an unknown place
            choice => choice.AddRefusal("x"u8, escaped: false),
            choice => choice.AddContent(new TextContent(""), 1),
            choice => choice.AddToolCall(new ToolCallFragment { Name = "f" }),
            choice => choice.ReplaceEnd(ChoiceText.Text, 0, "x"),
            choice => choice.ReplaceArguments(0, "x"),
            choice => choice.Finish("stop", ChatFinishReason.Stop),
        ];
        foreach (Action<ChoiceBuilder> change in changes)
        {
            var recorder = new TemplateRecorder();
            recorder.Begin();
            change(new ChoiceBuilder(0, ChatTextMode.Incremental, new ChatReadOptions(), recorder));
            Assert.False(recorder.IsRecording);
        }
    }

    [Fact]
    public void The_place_of_a_string_is_recorded()
    {
        var recorder = new TemplateRecorder();
        var choice = new ChoiceBuilder(3, ChatTextMode.Incremental, new ChatReadOptions(), recorder);
        recorder.Begin();
        Utf8JsonReader reader = JsonReaders.Open("""["text","why"]""");
        reader.Read();
        choice.AddText(ref reader);
        reader.Read();
        choice.AddReasoning(ref reader);
        Assert.Equal(
            [new TemplateSlot(TemplateSlotKind.Text, 3, 2, 4, IsOpen: true), new TemplateSlot(TemplateSlotKind.Reasoning, 3, 9, 3, IsOpen: true)],
            recorder.Slots);
        choice.AddText(ref reader, isWhole: true); // what a whole text changes depends on what came before
        Assert.False(recorder.IsRecording);
    }

    [Fact]
    public void The_order_of_contents_is_kept()
    {
        ChoiceBuilder choice = Create();
        choice.AddReasoning("r"u8, escaped: false);
        choice.AddText("a"u8, escaped: false);
        choice.AddContent(new DataContent(new byte[] { 1 }, "image/png"), 1);
        choice.AddText("b"u8, escaped: false);
        choice.AddToolCall(new ToolCallFragment { ProviderIndex = 0, Id = "c", Name = "f", Arguments = "{}"u8 });
        choice.AddToolCall(new ToolCallFragment { ProviderIndex = 0, IsComplete = true });
        Assert.Equal(
            [typeof(TextReasoningContent), typeof(TextContent), typeof(DataContent), typeof(TextContent), typeof(FunctionCallContent)],
            choice.ToChoice().ToChatMessage(() => "call_").Contents.Select(content => content.GetType()));
    }

    [Theory]
    [InlineData("Hm|Hm ok|Hm ok", "Hm ok")] // repeated where the answer begins
    [InlineData("Hm|Hm ok|", "Hm ok")] // not repeated, but a chunk has grown
    [InlineData("ha|ha|", "haha")]
    [InlineData("Hm| ok|", "Hm ok")]
    public void Reasoning_is_decided_where_the_answer_begins(string chunks, string reasoning)
    {
        foreach (bool isCall in new[] { false, true })
        {
            var choice = new ChoiceBuilder(0, ChatTextMode.Auto, new ChatReadOptions(), new TemplateRecorder());
            string[] parts = chunks.Split('|');
            string received = "";
            for (int i = 0; i < parts.Length; i++)
            {
                choice.AddReasoning(System.Text.Encoding.UTF8.GetBytes(parts[i]), escaped: false);
                if (i == parts.Length - 1 && isCall) choice.AddToolCall(new ToolCallFragment { Name = "f" });
                else if (i == parts.Length - 1) choice.AddText("The answer"u8, escaped: false);
                choice.EndEvent();
                if (!choice.HasChanges) continue; // it is not decided yet
                ChatDelta delta = Take(choice);
                received = received[..delta.ReasoningOffset] + delta.Reasoning;
            }

            Assert.Equal(reasoning, received);
        }
    }

    [Fact]
    public void Everything_is_decided_with_the_finish_reason()
    {
        var choice = new ChoiceBuilder(0, ChatTextMode.Auto, new ChatReadOptions(), new TemplateRecorder());
        foreach (string chunk in (string[])["ab", "abc"])
        {
            byte[] raw = System.Text.Encoding.UTF8.GetBytes(chunk);
            choice.AddRefusal(raw, escaped: false);
            choice.AddToolCall(new ToolCallFragment { Name = "f", Arguments = raw });
            if (chunk == "abc") choice.Finish("stop", ChatFinishReason.Stop);
            choice.EndEvent();
        }

        Take(choice);
        choice.EndStream();
        Assert.False(choice.HasChanges);
        Assert.Equal(("abc", "abc"), (choice.ToChoice().Refusal, choice.ToChoice().ToolCalls[0].Arguments));
    }

    [Fact]
    public void Placeholders_that_became_calls_have_a_place_in_the_order()
    {
        ChoiceBuilder choice = Create();
        choice.AddToolCall(new ToolCallFragment { Id = "c", Arguments = "{x}"u8 });
        choice.AddText("a"u8, escaped: false);
        choice.EndEvent();
        Take(choice);
        choice.EndStream();
        Assert.Single(Take(choice).ToolCalls);
        ChatMessage message = new ChatStreamResult { Choices = [choice.ToChoice()] }.ToChatMessage();
        Assert.Equal([typeof(TextContent), typeof(FunctionCallContent)], message.Contents.Select(content => content.GetType()));
    }

    private static ChoiceBuilder Create(ChatTextMode mode = ChatTextMode.Incremental) => new(0, mode, new ChatReadOptions(), new TemplateRecorder());

    private static ChatDelta Take(ChoiceBuilder choice)
    {
        Assert.True(choice.HasChanges);
        ChatDelta delta = choice.TakeChanges(ChatStreamInfo.Unknown, usage: null, raw: null);
        Assert.False(choice.HasChanges);
        return delta;
    }
}
