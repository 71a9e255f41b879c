using System.Diagnostics;

namespace LlmStream.Answers.Templates;

/// <summary>An event that can be recognized in any stream of a client, without having been decoded in that stream.</summary>
/// <remarks>
/// <para>
/// Invariant: all effects of the event are known, those that occur only once in a stream included (<see cref="TemplateSlotKind.Id"/>,
/// the role, the finish reason). Each is what the decoder would do in the state that the stream is in then: the first id counts, a
/// repeated finish reason has no effect. So it does not matter which state the stream was in that the template comes from. Dialects
/// create it from a list of the fields that they know to have no other effect; an event with any other field has no shared template.
/// </para>
/// <para>
/// It keeps nothing of an answer: the values in slots, and all strings that are not names of the format are slots, are left out.
/// </para>
/// </remarks>
/// <param name="event">The event without the values in its slots, which are all open.</param>
internal sealed class SharedTemplate(EventTemplate @event)
{
    /// <summary>The most bytes that are compared. Larger events have no shared template.</summary>
    public const int MaxBytes = 1024;

    public EventTemplate Event { get; } = @event;

    /// <summary>Whether it was the first event of a stream: only these are tried for the first event of another one.</summary>
    public bool IsFirst { get; set; }

    /// <summary>The index of the choice that the event belongs to; -1 if it has only usage.</summary>
    public int Choice { get; init; } = -1;

    /// <summary>Whether it states that the role is the assistant's.</summary>
    public bool HasRole { get; init; }

    /// <summary>The finish reason as it was sent, or null.</summary>
    public string? Finish { get; init; }

    /// <summary>Whether it adds a piece to the answer and ends nothing, as the events do that a stream has many of.</summary>
    public bool IsUsual => Event.OnlyPiece >= 0 && Finish is null;

    /// <summary>Leaves out the values in the slots of an event.</summary>
    /// <returns>Null if the event is too large.</returns>
    public static EventTemplate? Strip(string eventType, ReadOnlySpan<byte> json, IReadOnlyList<TemplateSlot> slots)
    {
        int length = json.Length - slots.Sum(slot => slot.Length);
        if (length > MaxBytes) return null;
        byte[] known = new byte[length];
        var empty = new TemplateSlot[slots.Count];
        int read = 0, written = 0;
        for (int i = 0; i < empty.Length; i++)
        {
            TemplateSlot slot = slots[i];
            json[read..slot.Start].CopyTo(known.AsSpan(written));
            written += slot.Start - read;
            read = slot.End;
            empty[i] = slot with { Start = written, Length = 0, IsOpen = true };
        }

        json[read..].CopyTo(known.AsSpan(written));
        Debug.Assert(written + json.Length - read == length, "All bytes outside of slots are known");
        return new EventTemplate(eventType, known, empty) { KeepsAllValues = true };
    }

    /// <summary>The slots of an event that matched, for a template of the stream itself.</summary>
    /// <param name="info">What is known of the answer: values that are already known have no effect, and may vary.</param>
    /// <param name="values">The values in the slots.</param>
    public List<TemplateSlot> SlotsOf(ChatStreamInfo info, ReadOnlySpan<SlotValue> values)
    {
        ReadOnlySpan<EventTemplate.Part> parts = Event.Parts;
        List<TemplateSlot> slots = new(parts.Length);
        for (int i = 0; i < parts.Length; i++)
        {
            TemplateSlotKind? kind = parts[i].Kind switch
            {
                TemplateSlotKind.Id => info.Id is null ? null : TemplateSlotKind.IgnoredString,
                TemplateSlotKind.Model => info.Model is null ? null : TemplateSlotKind.IgnoredString,
                TemplateSlotKind.Created => info.CreatedAt is null ? null : TemplateSlotKind.IgnoredNumber,
                var other => other,
            };
            if (kind is not { } known) continue;
            var slot = new TemplateSlot(known, parts[i].Argument, values[i].Start, values[i].Length, IsOpen: false, parts[i].Call);
            slots.Add(slot with { IsOpen = slot.HasEffect });
        }

        return slots;
    }
}
