using System.Text;
using System.Text.Json;
using LlmStream.Answers;
using LlmStream.Answers.Templates;
using LlmStream.Json;
using LlmStream.Tests.Json;

namespace LlmStream.Tests.Answers.Templates;

public class TemplateRecorderTests
{
    [Fact]
    public void Nothing_is_recorded_before_a_recording_begins()
    {
        var recorder = new TemplateRecorder();
        recorder.NoteText(TemplateSlotKind.Text, 0, 5, 1);
        Assert.Empty(recorder.Slots);
        Assert.False(recorder.End());
    }

    [Fact]
    public void A_recording_begins_empty_and_ends_once()
    {
        var recorder = new TemplateRecorder();
        recorder.Begin();
        recorder.NoteText(TemplateSlotKind.Text, 2, 5, 3);
        Assert.Equal([new TemplateSlot(TemplateSlotKind.Text, 2, 5, 3, IsOpen: true)], recorder.Slots);
        Assert.True(recorder.End());
        Assert.False(recorder.End());
        recorder.Begin();
        Assert.Empty(recorder.Slots);
    }

    [Fact]
    public void A_discarded_recording_stays_discarded()
    {
        var recorder = new TemplateRecorder();
        recorder.Begin();
        recorder.Discard();
        recorder.NoteText(TemplateSlotKind.Text, 0, 5, 3);
        Assert.False(recorder.IsRecording);
        Assert.False(recorder.End());
    }

    [Theory]
    [InlineData(5, 0, true, 0)] // an empty string has no effect
    [InlineData(-1, 0, true, 0)]
    [InlineData(5, 1, true, 1)]
    [InlineData(-1, 1, false, 0)] // joined from several strings
    public void A_text_is_recorded_by_its_place(int start, int length, bool isRecording, int slots)
    {
        var recorder = new TemplateRecorder();
        recorder.Begin();
        recorder.NoteText(TemplateSlotKind.Reasoning, 0, start, length);
        Assert.Equal((isRecording, slots), (recorder.IsRecording, recorder.Slots.Count));
    }

    [Fact]
    public void Values_without_an_effect_are_recorded_in_order()
    {
        // The text is recorded first, although it comes last: its reader was remembered.
        var recorder = new TemplateRecorder();
        recorder.Begin();
        Utf8JsonReader reader = JsonReaders.OpenProperty("""{"a":{"b":["x",1,true,{"c":"y"}]},"n":2,"t":"text"}""");
        recorder.NoteText(TemplateSlotKind.Text, 0, 45, 4);
        recorder.Ignore(ref reader);
        Assert.True(reader.NextProperty());
        reader.Read();
        recorder.Ignore(ref reader); // on the value
        Assert.True(reader.NextProperty());
        Assert.True(recorder.IsRecording);
        Assert.Equal(
            ["IgnoredString 12+1", "IgnoredNumber 15+1", "IgnoredString 28+1", "IgnoredNumber 38+1", "Text 45+4"],
            recorder.Slots.Select(slot => $"{slot.Kind} {slot.Start}+{slot.Length}"));
    }

    [Fact]
    public void Ignored_values_are_skipped_without_a_recording()
    {
        Utf8JsonReader reader = JsonReaders.OpenProperty("""{"a":{"b":["x"]},"n":2}""");
        new TemplateRecorder().Ignore(ref reader);
        Assert.True(reader.NextProperty());
        Assert.True(reader.Is("n"u8));
    }

    [Theory]
    [InlineData(0, 2, false)] // its place is unknown
    [InlineData(9, 0, false)] // it may be a placeholder
    [InlineData(9, 2, true)]
    public void Arguments_are_recorded_by_their_place(int start, int length, bool isRecording)
    {
        var recorder = new TemplateRecorder();
        recorder.Begin();
        recorder.NoteArguments(1, new ToolCallFragment { StatedIndex = 3, Arguments = "{}"u8[..length], ArgumentsStart = start });
        Assert.Equal(isRecording, recorder.IsRecording);
        TemplateSlot[] expected = isRecording
            ? [new TemplateSlot(TemplateSlotKind.Arguments, 1, start, length, IsOpen: true, new ToolCallTarget(null, 3, null, null, 0))]
            : [];
        Assert.Equal(expected, recorder.Slots);
    }

    [Fact]
    public void A_fragment_that_completes_its_call_is_not_recorded()
    {
        var recorder = new TemplateRecorder();
        recorder.Begin();
        recorder.NoteArguments(0, new ToolCallFragment { Arguments = "a"u8, ArgumentsStart = 5, IsComplete = true });
        Assert.False(recorder.IsRecording);
    }

    [Fact]
    public void An_event_has_one_number_at_any_place()
    {
        var recorder = new TemplateRecorder();
        recorder.Begin();
        recorder.NoteText(TemplateSlotKind.Text, 0, 50, 4);
        Utf8JsonReader reader = JsonReaders.Open("12");
        recorder.NoteEventNumber(ref reader);
        Assert.Equal([TemplateSlotKind.EventNumber, TemplateSlotKind.Text], recorder.Slots.Select(slot => slot.Kind));
        recorder.NoteEventNumber(ref reader);
        Assert.False(recorder.IsRecording);
    }

    [Theory]
    [InlineData("12", 1, false, true)]
    [InlineData("12", 2, false, false)] // of which choice?
    [InlineData("12", 0, false, false)]
    [InlineData("12", 1, true, false)] // another choice may have no role
    [InlineData("1.0", 1, false, false)]
    [InlineData("-1", 1, false, false)]
    [InlineData("\"1\"", 1, false, false)]
    public void The_index_of_the_only_choice_is_recorded(string index, int choices, bool hasRole, bool isRecorded)
    {
        var recorder = new TemplateRecorder();
        for (int i = 0; i < 2; i++) // it depends on nothing that was recorded before
        {
            recorder.Begin();
            for (int choice = 0; choice < choices; choice++) recorder.BeginChoice();
            Utf8JsonReader reader = JsonReaders.Open(index);
            recorder.NoteChoiceIndex(ref reader);
            if (hasRole) recorder.BindToChoice();
            Assert.True(recorder.End("[]"u8));
            TemplateSlot[] expected = isRecorded ? [new TemplateSlot(TemplateSlotKind.ChoiceIndex, 0, 0, 2, IsOpen: false)] : [];
            Assert.Equal(expected, recorder.Slots);
        }
    }

    [Fact]
    public void The_index_of_a_choice_with_two_is_not_recorded()
    {
        var recorder = new TemplateRecorder();
        recorder.Begin();
        recorder.BeginChoice();
        for (int i = 0; i < 2; i++)
        {
            Utf8JsonReader reader = JsonReaders.Open("1");
            recorder.NoteChoiceIndex(ref reader);
        }

        Assert.True(recorder.End("[]"u8));
        Assert.Empty(recorder.Slots);
    }

    [Fact]
    public void A_change_of_state_may_leave_the_recording_valid()
    {
        var recorder = new TemplateRecorder();
        recorder.Begin();
        recorder.ForgetEarlier();
        Assert.Equal((1, true), (recorder.Generation, recorder.IsRecording));
        recorder.Forget();
        Assert.Equal((2, false), (recorder.Generation, recorder.IsRecording));
    }

    [Fact]
    public void Effects_out_of_order_discard_the_recording()
    {
        var recorder = new TemplateRecorder();
        recorder.Begin();
        recorder.NoteText(TemplateSlotKind.Text, 0, 50, 4);
        Utf8JsonReader reader = JsonReaders.Open("12");
        recorder.NoteUsageCount(UsageCount.Input, ref reader);
        Assert.False(recorder.IsRecording);
    }

    [Theory]
    [InlineData(TemplateRecorder.MaxSlots - 1, true, TemplateRecorder.MaxSlots)]
    [InlineData(TemplateRecorder.MaxSlots, false, TemplateRecorder.MaxSlots)]
    public void An_effect_beyond_the_last_slot_discards_the_recording(int ignored, bool isRecording, int slots)
    {
        TemplateRecorder recorder = RecordIgnored(ignored);
        recorder.NoteText(TemplateSlotKind.Text, 0, 1000, 4);
        Assert.Equal((isRecording, slots), (recorder.IsRecording, recorder.Slots.Count));
    }

    [Theory]
    [InlineData(TemplateRecorder.MaxSlots - 1, TemplateRecorder.MaxSlots - 1)]
    [InlineData(TemplateRecorder.MaxSlots, TemplateRecorder.MaxSlots)]
    [InlineData(TemplateRecorder.MaxSlots + 1, TemplateRecorder.MaxSlots)] // the rest is compared
    public void An_ignored_value_beyond_the_last_slot_is_compared(int ignored, int slots)
    {
        TemplateRecorder recorder = RecordIgnored(ignored);
        Assert.Equal((true, slots), (recorder.IsRecording, recorder.Slots.Count));
    }

    [Theory]
    [InlineData("{\"a\":1}", 6)]
    [InlineData("{\"a\":1   }", 6)]
    [InlineData("{\"a\":1 \t }", 8)]
    [InlineData("[1]", null)]
    public void The_spaces_before_the_last_brace_are_a_slot(string json, int? start)
    {
        var recorder = new TemplateRecorder();
        recorder.Begin();
        Assert.True(recorder.End(Encoding.UTF8.GetBytes(json)));
        Assert.Equal(
            start is null ? [] : [new TemplateSlot(TemplateSlotKind.Padding, 0, start.Value, json.Length - 1 - start.Value, IsOpen: false)],
            recorder.Slots);
    }

    [Fact]
    public void The_padding_beyond_the_last_slot_is_compared()
    {
        TemplateRecorder recorder = RecordIgnored(TemplateRecorder.MaxSlots);
        Assert.True(recorder.End("{}"u8));
        Assert.Equal(TemplateRecorder.MaxSlots, recorder.Slots.Count);
    }

    private static TemplateRecorder RecordIgnored(int count)
    {
        var recorder = new TemplateRecorder();
        recorder.Begin();
        Utf8JsonReader reader = JsonReaders.Open("[" + string.Join(',', Enumerable.Repeat("1", count)) + "]");
        recorder.Ignore(ref reader);
        return recorder;
    }
}
