using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LlmStream.Json;

namespace LlmStream.Answers.Templates;

/// <summary>
/// An event that was decoded before, with slots where the next one may differ. An event that is equal except for the values in the slots
/// need not be decoded: its effects are known.
/// </summary>
/// <remarks>
/// Invariant: a template is made only of an event that was decoded in full, and whose effects were all recorded as slots or can
/// occur only once (a role, an id, the name of the model: the first one counts). The bytes that are compared were valid JSON when they
/// were recorded, and the values in slots are checked to be valid strings or numbers. So an event that matches is valid as a whole, has
/// the same tokens, and differs only in values whose effects are those of the slots. A slot with an effect is always open. A slot
/// without one is opened when its value has changed; until then it is compared, which costs less. The index of the choice is opened in
/// the same way. It is a slot only if the event states nothing that has an effect once on each choice
/// (<see cref="TemplateRecorder.BindToChoice"/>).
/// </remarks>
internal sealed class EventTemplate
{
    /// <summary>The maximum number of bytes that are compared. Larger events get no template.</summary>
    public const int MaxBytes = 2048;

    private string _eventType; // the instance seen last, so that the next one is usually the same
    private readonly byte[] _known; // the event without the values of slots that have an effect
    private readonly KnownSlot[] _slots;
    private readonly ToolCallTarget?[]? _calls; // of the slots; null if none has one
    private readonly bool _statesChoice; // a slot is the index of the choice
    private Part[] _parts = [];
    private int _tail;

    /// <param name="eventType">The type of the event.</param>
    /// <param name="json">The event.</param>
    /// <param name="slots">Its slots.</param>
    /// <param name="varying">The slots without an effect that are open from the beginning: bit 0 is the first slot.</param>
    public EventTemplate(string eventType, ReadOnlySpan<byte> json, List<TemplateSlot> slots, ulong varying = 0)
    {
        _eventType = eventType;
        _slots = new KnownSlot[slots.Count];
        _known = new byte[KnownLength(json, slots)];
        int read = 0, written = 0;
        for (int i = 0; i < _slots.Length; i++)
        {
            TemplateSlot slot = slots[i];
            Debug.Assert(slot.Start >= read && slot.End <= json.Length, "Slots are ordered and do not overlap");
            Debug.Assert(slot.IsOpen || !slot.HasEffect, "A slot with an effect is open");
            Debug.Assert(!slot.IsString || (json[slot.Start - 1] == '"' && json[slot.End] == '"'), "The slot is not the whole string");
            int end = slot.HasEffect ? slot.Start : slot.End;
            json[read..end].CopyTo(_known.AsSpan(written));
            written += end - read;
            read = slot.End;
            int length = slot.HasEffect ? 0 : slot.Length;
            bool isOpen = slot.IsOpen || ((varying >> i) & 1) != 0;
            _statesChoice |= slot.Kind == TemplateSlotKind.ChoiceIndex;
            _slots[i] = new KnownSlot(written - length, length, slot.Kind, slot.Argument, isOpen);
            if (slot.Call is not null) (_calls ??= new ToolCallTarget?[_slots.Length])[i] = slot.Call;
        }

        json[read..].CopyTo(_known.AsSpan(written));
        HasLineEndings = json.ContainsAny((byte)'\n', (byte)'\r');
        Debug.Assert(written + json.Length - read == _known.Length, "All bytes outside of slots are known");
        Compile();
    }

    /// <summary>The bytes that are kept: those that are compared, and the recorded ones of slots without an effect.</summary>
    public ReadOnlySpan<byte> Known => _known;

    /// <summary>The open slots, in order, each with the bytes before it.</summary>
    public ReadOnlySpan<Part> Parts => _parts;

    /// <summary>The same one at a time, for where the span would cost more than its use.</summary>
    public ref readonly Part this[int index] => ref _parts[index];

    /// <summary>Which of <see cref="Parts"/> is the only piece of the answer, or -1 if there are several or none.</summary>
    public int OnlyPiece { get; private set; } = -1;

    /// <summary>
    /// Which of <see cref="Parts"/> is the index of the choice that all pieces belong to, or -1 if it is the same in all events.
    /// </summary>
    public int ChoiceIndex { get; private set; } = -1;

    /// <summary>Whether the event has several lines.</summary>
    public bool HasLineEndings { get; }

    /// <summary>Whether any of <see cref="Parts"/> is a usage count.</summary>
    public bool HasUsageCounts => FirstCount >= 0;

    /// <summary>The first of <see cref="Parts"/> that is a usage count, or -1.</summary>
    public int FirstCount { get; private set; } = -1;

    /// <summary>The last one, or -1.</summary>
    public int LastCount { get; private set; } = -1;

    /// <summary>Which of <see cref="Parts"/> is the number of the event, or -1.</summary>
    public int EventNumber { get; private set; } = -1;

    /// <summary>The slots that are open, of those that need not be: bit 0 is the first slot.</summary>
    public ulong Varying
    {
        get
        {
            ulong varying = 0;
            for (int i = 0; i < _slots.Length; i++)
            {
                if (_slots[i] is { IsOpen: true, Kind: >= TemplateSlotKind.IgnoredString }) varying |= 1UL << i;
            }

            return varying;
        }
    }

    /// <summary>The number of bytes of an event that a template compares.</summary>
    public static int KnownLength(ReadOnlySpan<byte> json, List<TemplateSlot> slots)
    {
        int length = json.Length;
        foreach (TemplateSlot slot in slots) length -= slot.HasEffect ? slot.Length : 0;
        return length;
    }

    /// <summary>Opens the slots in which another event differs, if it is of the same form.</summary>
    /// <returns>Whether it is, so that this template now matches both.</returns>
    public bool TryWiden(string eventType, ReadOnlySpan<byte> json, List<TemplateSlot> slots)
    {
        if (slots.Count != _slots.Length || !string.Equals(eventType, _eventType, StringComparison.Ordinal)) return false;
        int read = 0, known = 0;
        for (int i = 0; i < _slots.Length; i++)
        {
            TemplateSlot slot = slots[i];
            KnownSlot mine = _slots[i];
            // Where the event states the choice, pieces may belong to another one.
            bool isSame = slot.Argument == mine.Argument || (_statesChoice && slot.IsPiece);
            if (slot.Kind != mine.Kind || !isSame || slot.Call != _calls?[i]) return false;
            if (!json[read..slot.Start].SequenceEqual(_known.AsSpan(known, mine.Start - known))) return false;
            read = slot.End;
            known = mine.End;
        }

        if (!json[read..].SequenceEqual(_known.AsSpan(known))) return false;
        for (int i = 0; i < _slots.Length; i++)
        {
            TemplateSlot slot = slots[i];
            KnownSlot mine = _slots[i];
            bool isEqual = mine.IsOpen || json[slot.Start..slot.End].SequenceEqual(_known.AsSpan(mine.Start, mine.Length));
            if (!isEqual) _slots[i] = mine with { IsOpen = true };
        }

        Compile();
        return true;
    }

    /// <summary>Compares an event with the template, and finds the values in its slots.</summary>
    /// <param name="eventType">The type of the event.</param>
    /// <param name="json">The event, or bytes that begin with it.</param>
    /// <param name="latestNumber">The largest number of an event so far.</param>
    /// <param name="values">Receives the values of <see cref="Parts"/>.</param>
    /// <returns>The length of the event, or -1 if it does not match.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)] // its caller would become so large that what it calls is no longer inlined
    public int Match(string eventType, ReadOnlySpan<byte> json, long latestNumber, Span<SlotValue> values)
    {
        if (!ReferenceEquals(eventType, _eventType))
        {
            if (!string.Equals(eventType, _eventType, StringComparison.Ordinal)) return -1;
            _eventType = eventType;
        }

        ReadOnlySpan<byte> known = _known, rest = json;
        Part[] parts = _parts;
        for (int i = 0; i < parts.Length; i++)
        {
            ref Part part = ref parts[i];
            if (!rest.StartsWith(known.Slice(part.Start, part.Length))) return -1;
            rest = rest[part.Length..];
            // Written in place, also if there is no match in the end, or no effect.
            ref SlotValue value = ref values[i];
            value.Start = json.Length - rest.Length;
            // With an expected length, the processor continues with what follows before it has found the end of the value.
            int length = part.Expected;
            bool isExpected = length > 0 && (part.IsInteger
                ? JsonLengths.IsInteger(rest, length, out value.Number)
                : JsonLengths.IsStringOf(rest, length));
            if (isExpected)
            {
                value.IsEscaped = false;
            }
            else
            {
                length = part.IsString ? JsonLengths.OfString(rest, out value.IsEscaped)
                    : part.IsInteger ? JsonLengths.OfInteger(rest, out value.Number)
                    : part.Kind == TemplateSlotKind.Padding ? JsonLengths.OfSpaces(rest)
                    : JsonLengths.OfNumber(rest);
                if (part.MayExpect) part.Expect(length);
            }

            // An empty text would have no effect, and the decoder might use another property instead.
            if (length < part.MinLength) return -1;
            // An event that is sent again, in a replay, must not be handled again.
            if (part.Kind == TemplateSlotKind.EventNumber && value.Number <= latestNumber) return -1;
            value.Length = length;
            rest = rest[length..];
        }

        ReadOnlySpan<byte> tail = known[_tail..];
        if (!rest.StartsWith(tail)) return -1;
        int end = json.Length - rest.Length + tail.Length;
        Debug.Assert(JsonSyntax.IsValid(json[..end]), "An event that matches is valid");
        return end;
    }

    private void Compile()
    {
        int start = 0, count = 0, pieces = 0, piece = -1;
        foreach (ref readonly KnownSlot slot in _slots.AsSpan()) count += slot.IsOpen ? 1 : 0;
        var parts = new Part[count];
        FirstCount = LastCount = EventNumber = ChoiceIndex = -1;
        count = 0;
        for (int i = 0; i < _slots.Length; i++)
        {
            ref readonly KnownSlot slot = ref _slots[i];
            if (!slot.IsOpen) continue;
            var part = new Part(start, slot.Start - start, slot.Kind, slot.Argument, _calls?[i]);
            start = slot.End;
            if (part.Kind == TemplateSlotKind.UsageCount) (FirstCount, LastCount) = (FirstCount < 0 ? count : FirstCount, count);
            if (part.Kind == TemplateSlotKind.EventNumber) EventNumber = count;
            if (part.Kind == TemplateSlotKind.ChoiceIndex) ChoiceIndex = count;
            if (part.IsPiece) (piece, pieces) = (count, pieces + 1);
            parts[count++] = part;
        }

        _parts = parts;
        _tail = start;
        OnlyPiece = pieces == 1 ? piece : -1;
    }

    /// <summary>A slot, with its place in the bytes that are kept. Small, since each stream holds some of them.</summary>
    [StructLayout(LayoutKind.Sequential)] // with automatic layout the size would be a multiple of 8
    private readonly record struct KnownSlot
    {
        private readonly ushort _start;
        private readonly ushort _length;

        public KnownSlot(int start, int length, TemplateSlotKind kind, int argument, bool isOpen)
        {
            _start = checked((ushort)start);
            _length = checked((ushort)length);
            Argument = argument;
            Kind = kind;
            IsOpen = isOpen;
        }

        public int Start => _start;

        public int Length => _length;

        public int End => _start + _length;

        public int Argument { get; }

        public TemplateSlotKind Kind { get; }

        public bool IsOpen { get; init; }
    }

    /// <summary>Bytes to compare, and the open slot after them.</summary>
    [StructLayout(LayoutKind.Auto)]
    internal record struct Part(int Start, int Length, TemplateSlotKind Kind, int Argument, ToolCallTarget? Call)
    {
        // A wrong guess costs more than a right one saves. Times and counts nearly always have the same length as before; random padding
        // does not.
        private const byte MaxGuesses = 8;

        private byte _guesses = Kind is TemplateSlotKind.IgnoredString or TemplateSlotKind.UsageCount or TemplateSlotKind.EventNumber
            ? MaxGuesses
            : (byte)0;
        private byte _expected;

        /// <summary>The length that the value is expected to have, which is that of the value before it; 0 if none is expected.</summary>
        public readonly int Expected => _expected;

        /// <summary>Whether another length may be expected if the current one is wrong.</summary>
        public readonly bool MayExpect => _guesses > 0;

        /// <summary>Expects a length from now on, unless too many guesses were wrong.</summary>
        public void Expect(int length)
        {
            Debug.Assert(MayExpect, "There is a guess left");
            _guesses--;
            bool isPossible = MayExpect && length > 0 && length <= (IsInteger ? JsonLengths.MaxShortInteger : JsonLengths.MaxShortString);
            _expected = isPossible ? (byte)length : (byte)0;
        }

        // What is asked for each event is computed once.
        public int MinLength { get; } = Kind is TemplateSlotKind.IgnoredString or TemplateSlotKind.Padding ? 0 : 1;

        public bool IsInteger { get; } =
            Kind is TemplateSlotKind.UsageCount or TemplateSlotKind.EventNumber or TemplateSlotKind.ChoiceIndex;

        public bool IsString { get; } = Kind is not (TemplateSlotKind.UsageCount or TemplateSlotKind.EventNumber
            or TemplateSlotKind.ChoiceIndex or TemplateSlotKind.IgnoredNumber or TemplateSlotKind.Padding);

        public readonly bool IsPiece => Kind <= TemplateSlotKind.Arguments;
    }
}
