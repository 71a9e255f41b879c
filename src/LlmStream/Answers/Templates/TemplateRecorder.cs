using System.Text.Json;

namespace LlmStream.Answers.Templates;

/// <summary>Notes, while an event is decoded in full, where the values stood that had an effect, and those that cannot have one.</summary>
/// <remarks>
/// What is noted nowhere is taken for constant, which is always right: it is compared. Whoever has an effect that another
/// event with the same constant parts might not have, or might have otherwise, must spoil the recording.
/// </remarks>
internal sealed class TemplateRecorder
{
    private const int MostSlots = 48;

    private readonly List<TemplateSlot> _slots = [];

    public bool IsRecording { get; private set; }

    public IReadOnlyList<TemplateSlot> Slots => _slots;

    public void Begin()
    {
        _slots.Clear();
        IsRecording = true;
    }

    /// <returns>Whether the recording is whole, and no spoiled one.</returns>
    public bool End()
    {
        bool isWhole = IsRecording;
        IsRecording = false;
        return isWhole;
    }

    /// <summary>Says that the event in hand did more than a recording can tell.</summary>
    public void Spoil() => IsRecording = false;

    /// <summary>Notes a string that was added to a text.</summary>
    /// <param name="kind">Which text.</param>
    /// <param name="choice">Of which choice.</param>
    /// <param name="start">Where the string stands in the event, or -1 where it stands there in pieces.</param>
    /// <param name="length">How long it is, in bytes. Of an empty one nothing was added: that it is empty is compared.</param>
    public void NoteText(TemplateSlotKind kind, int choice, int start, int length)
    {
        if (!IsRecording || length == 0) return;
        if (start < 0) Spoil();
        else Note(new TemplateSlot(kind, choice, start, length, IsOpen: true));
    }

    /// <summary>Notes the whole number that the reader stands on, which became a figure.</summary>
    public void NoteFigure(int figure, ref Utf8JsonReader reader)
    {
        if (IsRecording) Note(new TemplateSlot(TemplateSlotKind.Figure, figure, (int)reader.TokenStartIndex, reader.ValueSpan.Length, IsOpen: true));
    }

    /// <summary>Notes the value that the reader stands on, of whose content nothing depends, if it is a string or a number.</summary>
    public void NoteIgnored(ref Utf8JsonReader reader)
    {
        if (!IsRecording || _slots.Count == MostSlots) return;
        if (reader.TokenType == JsonTokenType.String)
            Note(new TemplateSlot(TemplateSlotKind.IgnoredString, 0, (int)reader.TokenStartIndex + 1, reader.ValueSpan.Length, IsOpen: false));
        else if (reader.TokenType == JsonTokenType.Number)
            Note(new TemplateSlot(TemplateSlotKind.IgnoredNumber, 0, (int)reader.TokenStartIndex, reader.ValueSpan.Length, IsOpen: false));
    }

    /// <summary>Passes over the value of the field that the reader stands on, or over the value itself, on which nothing depends.</summary>
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

    private void Note(TemplateSlot slot)
    {
        if (_slots.Count == MostSlots)
        {
            Spoil();
            return;
        }

        int place = _slots.Count;
        for (; place > 0 && _slots[place - 1].Start > slot.Start; place--)
        {
            // Effects come in the order of the bytes where a template is applied: so they must here.
            if (slot.HasEffect && _slots[place - 1].HasEffect) Spoil();
        }

        _slots.Insert(place, slot);
    }
}
