using System.Diagnostics;
using System.Text.Json;
using LlmStream.Json;

namespace LlmStream.Answers.Templates;

/// <summary>Records, while an event is decoded in full, the places of the values that have an effect and of those that have none.</summary>
/// <remarks>
/// A value that is not recorded is assumed to be constant, which is always correct: it is compared. Code with an effect that another
/// event with the same constant parts might not have must discard the recording. Invariant: the slots are ordered and do not overlap.
/// </remarks>
internal sealed class TemplateRecorder
{
    public const int MaxSlots = 48;

    // Never written to: nothing is recorded before the first Begin.
    private static readonly List<TemplateSlot> None = [];

    private List<TemplateSlot> _slots = None;
    private int _choices; // of the current event
    private int _choiceIndexStart;
    private int _choiceIndexLength;
    private bool _isBoundToChoice;

    public bool IsRecording { get; private set; }

    /// <summary>Increases whenever all templates that were made so far become invalid.</summary>
    public int Generation { get; private set; }

    /// <summary>The slots of the event that was recorded last.</summary>
    public List<TemplateSlot> Slots => _slots;

    /// <summary>Begins to record an event.</summary>
    /// <param name="room">
    /// Where its slots are kept until the event has been handled. A thread uses the same list for all streams, so that those which wait
    /// keep none. If null, the recorder has its own.
    /// </param>
    public void Begin(List<TemplateSlot>? room = null)
    {
        if (room is not null) _slots = room;
        else if (ReferenceEquals(_slots, None)) _slots = [];
        _slots.Clear();
        _choices = _choiceIndexLength = 0;
        _isBoundToChoice = false;
        IsRecording = true;
    }

    /// <returns>Whether there is a recording that was not discarded.</returns>
    public bool End()
    {
        bool wasRecording = IsRecording;
        IsRecording = false;
        return wasRecording;
    }

    /// <summary>Ends the recording of an event that was decoded without an error.</summary>
    /// <inheritdoc cref="End()"/>
    public bool End(ReadOnlySpan<byte> json)
    {
        if (IsRecording)
        {
            NotePadding(json);
            NoteChoiceIndex();
        }

        return End();
    }

    /// <summary>Discards the recording: the current event has an effect that slots cannot express.</summary>
    public void Discard() => IsRecording = false;

    /// <summary>
    /// Discards the recording and all templates: the current event changes a state, other than that of texts and usage, on which the
    /// effects of other events depend.
    /// </summary>
    public void Forget()
    {
        Discard();
        Generation++;
    }

    /// <summary>
    /// Discards the templates of earlier events, but not the recording: the current event changes such a state in a way that the same
    /// event would not change again. If it came again, it would have the recorded effects and no others.
    /// </summary>
    public void ForgetEarlier() => Generation++;

    /// <summary>Notes that the event has another choice. What is recorded from now on belongs to it.</summary>
    public void BeginChoice()
    {
        if (_choices++ > 0) BindToChoice();
    }

    /// <summary>Notes that the value that the reader is on is the index of the choice.</summary>
    public void NoteChoiceIndex(ref Utf8JsonReader reader)
    {
        if (!IsRecording) return;
        bool isFirst = _choiceIndexLength == 0;
        _choiceIndexStart = (int)reader.TokenStartIndex;
        _choiceIndexLength = reader.ValueSpan.Length;
        bool isIndex = reader.TokenType == JsonTokenType.Number && JsonLengths.OfInteger(reader.ValueSpan, out _) == _choiceIndexLength;
        if (!isFirst || !isIndex) BindToChoice();
    }

    /// <summary>
    /// Notes that the event states something that has an effect only once on each choice, such as the role. What had no effect on this
    /// choice may have one on another, so the template matches events of this choice alone.
    /// </summary>
    public void BindToChoice() => _isBoundToChoice = true;

    /// <summary>Records a string that was added to a text.</summary>
    /// <param name="kind">Which text.</param>
    /// <param name="choice">The index of the choice.</param>
    /// <param name="start">The offset of the string in the event, or -1 if it was joined from several.</param>
    /// <param name="length">Its length in bytes. An empty string has no effect, and that it is empty is compared.</param>
    public void NoteText(TemplateSlotKind kind, int choice, int start, int length)
    {
        if (!IsRecording || length == 0) return;
        if (start < 0) Discard();
        else Note(new TemplateSlot(kind, choice, start, length, IsOpen: true));
    }

    /// <summary>Records the arguments of a fragment of a tool call.</summary>
    /// <param name="choice">The index of the choice.</param>
    /// <param name="fragment">
    /// The fragment. Without arguments, or if their place in the event is unknown, it cannot be recorded; nor can one that completes a
    /// call, which only happens once.
    /// </param>
    public void NoteArguments(int choice, in ToolCallFragment fragment)
    {
        if (!IsRecording) return;
        bool isPart = fragment is { IsComplete: false, IsWhole: false, IsRepeated: false };
        bool isRecorded = isPart && fragment is { ArgumentsStart: > 0, Arguments.IsEmpty: false };
        if (!isRecorded)
        {
            Discard();
            return;
        }

        int start = fragment.ArgumentsStart, length = fragment.Arguments.Length;
        Note(new TemplateSlot(TemplateSlotKind.Arguments, choice, start, length, IsOpen: true, ToolCallTarget.Of(fragment)));
    }

    /// <summary>
    /// Records the integer that the reader is on as the number of the event, which is larger than those before. An event has one.
    /// </summary>
    public void NoteEventNumber(ref Utf8JsonReader reader) => NoteEventNumber((int)reader.TokenStartIndex, reader.ValueSpan.Length);

    /// <summary>The same for the integer at this place.</summary>
    public void NoteEventNumber(int start, int length)
    {
        if (!IsRecording) return;
        if (_slots.Exists(slot => slot.Kind == TemplateSlotKind.EventNumber)) Discard();
        else Note(new TemplateSlot(TemplateSlotKind.EventNumber, 0, start, length, IsOpen: true));
    }

    /// <summary>Records the string or integer that the reader is on as what identifies the answer.</summary>
    public void NoteInfo(TemplateSlotKind kind, ref Utf8JsonReader reader)
    {
        if (!IsRecording) return;
        int start = (int)reader.TokenStartIndex + (reader.TokenType == JsonTokenType.String ? 1 : 0);
        Note(new TemplateSlot(kind, 0, start, reader.ValueSpan.Length, IsOpen: true));
    }

    /// <summary>Records the integer that the reader is on as a usage count.</summary>
    public void NoteUsageCount(UsageCount count, ref Utf8JsonReader reader)
    {
        if (!IsRecording) return;
        Note(new TemplateSlot(TemplateSlotKind.UsageCount, (int)count, (int)reader.TokenStartIndex, reader.ValueSpan.Length, IsOpen: true));
    }

    /// <summary>Skips a value without an effect. The reader is on it, or on its property name.</summary>
    public void Ignore(ref Utf8JsonReader reader)
    {
        if (!IsRecording)
        {
            reader.Skip();
            return;
        }

        if (reader.TokenType == JsonTokenType.PropertyName) reader.Read();
        int depth = reader.CurrentDepth;
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            while (reader.Read() && reader.CurrentDepth > depth) NoteIgnored(ref reader);
        }
        else NoteIgnored(ref reader);
    }

    /// <summary>Records the strings and numbers in a value without an effect.</summary>
    /// <param name="value">The value, with the quotation marks of a string; empty if it is not valid.</param>
    /// <param name="start">Its offset in the event.</param>
    public void IgnoreValue(ReadOnlySpan<byte> value, int start)
    {
        if (!IsRecording) return;
        switch (value)
        {
            case [(byte)'"', .. var text, (byte)'"']:
                NoteIgnored(TemplateSlotKind.IgnoredString, start + 1, text.Length);
                break;
            case [(byte)'-' or (>= (byte)'0' and <= (byte)'9'), ..]:
                NoteIgnored(TemplateSlotKind.IgnoredNumber, start, value.Length);
                break;
            case [(byte)'{' or (byte)'[', _, _, ..]: // not an empty one
                var reader = new Utf8JsonReader(value, JsonOptions.Reader);
                while (reader.Read()) NoteIgnored(ref reader, start);
                break;
        }
    }

    /// <summary>Records the value that the reader is on, if it is a string or a number, as one without an effect.</summary>
    private void NoteIgnored(ref Utf8JsonReader reader, int offset = 0)
    {
        int start = offset + (int)reader.TokenStartIndex, length = reader.ValueSpan.Length;
        if (reader.TokenType == JsonTokenType.String) NoteIgnored(TemplateSlotKind.IgnoredString, start + 1, length);
        else if (reader.TokenType == JsonTokenType.Number) NoteIgnored(TemplateSlotKind.IgnoredNumber, start, length);
    }

    private void NoteIgnored(TemplateSlotKind kind, int start, int length)
    {
        if (IsRecording && _slots.Count < MaxSlots) Note(new TemplateSlot(kind, 0, start, length, IsOpen: false));
    }

    private void NoteChoiceIndex()
    {
        bool isStated = _choices == 1 && _choiceIndexLength > 0 && !_isBoundToChoice;
        if (!isStated || _slots.Count == MaxSlots) return;
        Note(new TemplateSlot(TemplateSlotKind.ChoiceIndex, 0, _choiceIndexStart, _choiceIndexLength, IsOpen: false));
    }

    private void NotePadding(ReadOnlySpan<byte> json)
    {
        if (_slots.Count == MaxSlots || json is not [.., (byte)'}']) return;
        int start = json[..^1].TrimEnd((byte)' ').Length;
        Note(new TemplateSlot(TemplateSlotKind.Padding, 0, start, json.Length - 1 - start, IsOpen: false));
    }

    /// <summary>Records a slot at its place.</summary>
    public void Note(TemplateSlot slot)
    {
        if (_slots.Count == MaxSlots)
        {
            Discard();
            return;
        }

        int place = _slots.Count;
        for (; place > 0 && _slots[place - 1].Start > slot.Start; place--)
        {
            // A template applies the effects in the order of the bytes, so they must have occurred in this order.
            if (slot.IsInOrder && _slots[place - 1].IsInOrder) Discard();
        }

        _slots.Insert(place, slot);
        Debug.Assert(place == 0 || _slots[place - 1].End <= slot.Start, "A slot overlaps the one before it");
        Debug.Assert(place == _slots.Count - 1 || slot.End <= _slots[place + 1].Start, "A slot overlaps the one after it");
    }
}
