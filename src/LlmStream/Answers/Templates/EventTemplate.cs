using System.Runtime.InteropServices;

namespace LlmStream.Answers.Templates;

/// <summary>
/// An event as it came once, with slots in it where the next one may differ. Where a whole event is found to be the same but for
/// what stands in the slots, it need not be decoded: what it does is known.
/// </summary>
/// <remarks>
/// Invariant: a template is made only of an event that was decoded in full, and all of whose effects were either noted as
/// slots or are such as cannot happen twice (a role, an id, a model's name: the first counts). What is compared was valid JSON
/// when it was recorded, and is the same bytes; what stands in a slot is checked to be a valid string or number here. So an
/// event that matches is valid as a whole, has the same tokens, and differs only in values whose effects are the slots'.
/// A slot that has an effect is always open. One without is opened when its value has been seen to change: until then it is
/// compared, which costs less.
/// </remarks>
internal sealed class EventTemplate
{
    /// <summary>What is compared between the slots is no longer than this; larger events are not remembered.</summary>
    public const int MostBytes = 2048;

    private readonly string _eventType;
    private readonly byte[] _known; // the event, but for what stood in the slots with an effect
    private readonly TemplateSlot[] _slots; // their places are in _known
    private Part[] _parts = [];
    private int _tail;

    /// <summary>Which of <see cref="Parts"/> is the only text or reasoning, or -1 where there are several or none.</summary>
    public int OnlyText { get; private set; } = -1;

    /// <summary>Whether any of <see cref="Parts"/> is a figure.</summary>
    public bool HasFigures { get; private set; }

    public EventTemplate(string eventType, ReadOnlySpan<byte> json, IReadOnlyList<TemplateSlot> slots)
    {
        _eventType = eventType;
        _slots = new TemplateSlot[slots.Count];
        _known = new byte[KnownLength(json, slots)];
        int read = 0, written = 0;
        for (int i = 0; i < _slots.Length; i++)
        {
            TemplateSlot slot = slots[i];
            int end = slot.HasEffect ? slot.Start : slot.End;
            json[read..end].CopyTo(_known.AsSpan(written));
            written += end - read;
            read = slot.End;
            int length = slot.HasEffect ? 0 : slot.Length;
            _slots[i] = slot with { Start = written - length, Length = length };
        }

        json[read..].CopyTo(_known.AsSpan(written));
        Compile();
    }

    /// <summary>The slots whose values are to be used, in order.</summary>
    public ReadOnlySpan<Part> Parts => _parts;

    /// <summary>How many bytes of an event would be remembered.</summary>
    public static int KnownLength(ReadOnlySpan<byte> json, IReadOnlyList<TemplateSlot> slots)
    {
        int length = json.Length;
        foreach (TemplateSlot slot in slots) length -= slot.HasEffect ? slot.Length : 0;
        return length;
    }

    /// <summary>Opens the slots in which an event differs that is of the same form.</summary>
    /// <returns>Whether it is, so that this template stands for both.</returns>
    public bool TryWiden(string eventType, ReadOnlySpan<byte> json, IReadOnlyList<TemplateSlot> slots)
    {
        if (slots.Count != _slots.Length || !string.Equals(eventType, _eventType, StringComparison.Ordinal)) return false;
        int read = 0, known = 0;
        for (int i = 0; i < _slots.Length; i++)
        {
            TemplateSlot slot = slots[i], mine = _slots[i];
            if (slot.Kind != mine.Kind || slot.Argument != mine.Argument) return false;
            if (!json[read..slot.Start].SequenceEqual(_known.AsSpan(known, mine.Start - known))) return false;
            read = slot.End;
            known = mine.End;
        }

        if (!json[read..].SequenceEqual(_known.AsSpan(known))) return false;
        for (int i = 0; i < _slots.Length; i++)
        {
            TemplateSlot slot = slots[i], mine = _slots[i];
            if (!mine.IsOpen && !json[slot.Start..slot.End].SequenceEqual(_known.AsSpan(mine.Start, mine.Length))) _slots[i] = mine with { IsOpen = true };
        }

        Compile();
        return true;
    }

    /// <summary>Compares an event with the template, and finds what it has in the slots.</summary>
    /// <param name="eventType">The event's type.</param>
    /// <param name="json">The event, or bytes that begin with it.</param>
    /// <param name="values">Where the values of <see cref="Parts"/> go.</param>
    /// <returns>The event's length, or -1 where it is another.</returns>
    public int Match(string eventType, ReadOnlySpan<byte> json, Span<SlotValue> values)
    {
        if (!ReferenceEquals(eventType, _eventType) && !string.Equals(eventType, _eventType, StringComparison.Ordinal)) return -1;
        ReadOnlySpan<byte> known = _known, rest = json;
        Part[] parts = _parts;
        for (int i = 0; i < parts.Length; i++)
        {
            ref readonly Part part = ref parts[i];
            if (!rest.StartsWith(known.Slice(part.Start, part.Length))) return -1;
            rest = rest[part.Length..];
            bool isEscaped = false;
            long number = 0;
            int length = part.Kind switch
            {
                TemplateSlotKind.IgnoredNumber => JsonLengths.OfNumber(rest),
                TemplateSlotKind.Figure => JsonLengths.OfWholeNumber(rest, out number),
                _ => JsonLengths.OfString(rest, out isEscaped),
            };

            // An empty text would have no effect, and the next place in line might have its chance.
            if (length < (part.Kind == TemplateSlotKind.IgnoredString ? 0 : 1)) return -1;
            if (part.HasEffect) values[i] = new SlotValue { Start = json.Length - rest.Length, Length = length, IsEscaped = isEscaped, Number = number };
            rest = rest[length..];
        }

        ReadOnlySpan<byte> tail = known[_tail..];
        return rest.StartsWith(tail) ? json.Length - rest.Length + tail.Length : -1;
    }

    private void Compile()
    {
        var parts = new List<Part>(_slots.Length);
        int start = 0;
        foreach (TemplateSlot slot in _slots)
        {
            if (!slot.IsOpen) continue;
            parts.Add(new Part(start, slot.Start - start, slot.Kind, slot.Argument));
            start = slot.End;
        }

        _parts = [.. parts];
        _tail = start;
        HasFigures = parts.Exists(part => part.Kind == TemplateSlotKind.Figure);
        int first = parts.FindIndex(part => part.IsText), last = parts.FindLastIndex(part => part.IsText);
        OnlyText = first == last ? first : -1;
    }

    /// <summary>Bytes to be compared, and the slot behind them.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal readonly record struct Part(int Start, int Length, TemplateSlotKind Kind, int Argument)
    {
        public bool HasEffect => Kind <= TemplateSlotKind.Figure;

        public bool IsText => Kind is TemplateSlotKind.Text or TemplateSlotKind.Reasoning;
    }
}
