using System.Diagnostics;

namespace LlmStream.Answers.Templates;

/// <summary>What an event does besides the effects of its slots.</summary>
internal enum SharedEffect : byte
{
    None,

    /// <summary>It begins the message: the slots, and the role, state what is known of it.</summary>
    BeginMessage,

    /// <summary>It begins a block with text. <see cref="TemplateSlotKind.BlockIndex"/> states which one, here and below.</summary>
    BeginText,

    /// <summary>It begins a block with reasoning.</summary>
    BeginReasoning,

    /// <summary>It begins a tool call without arguments.</summary>
    BeginCall,

    /// <summary>It ends a block.</summary>
    EndBlock,

    /// <summary>It states the finish reason of the message, if it has one.</summary>
    FinishMessage,

    /// <summary>It is the end marker.</summary>
    EndAnswer,

    /// <summary>It has no choices, so that it does not show that the stream is one of the format.</summary>
    NoChoices,

    /// <summary>It has a choice without a message, which may be finished.</summary>
    NoMessage,
}

/// <summary>An event that can be recognized in any stream of a client, without having been decoded in that stream.</summary>
/// <remarks>
/// <para>
/// Invariant: all effects of the event are known, those that occur only once in a stream included (<see cref="TemplateSlotKind.Id"/>,
/// the role, the finish reason). Each is what the decoder would do in the state that the stream is in then: the first id counts, a
/// repeated finish reason has no effect. So it does not matter which state the stream was in that the template comes from. The decoder
/// itself carries the effects out, and declines to in a state in which it would do something else. Dialects create a template from a list
/// of the fields that they know to have no other effect; an event with any other field has no shared template.
/// </para>
/// <para>
/// It keeps nothing of an answer: the values in slots, and all strings that are not names of the format are slots, are left out.
/// </para>
/// </remarks>
internal sealed class SharedTemplate
{
    /// <summary>The most bytes that are compared. Larger events have no shared template.</summary>
    public const int MaxBytes = 2048;

    private readonly byte[] _known;
    private readonly TemplateSlot[] _slots;
    private readonly bool _hasOnePiece;
    private readonly int _arguments; // the number of slots with arguments
    private readonly int _choiceSlot = -1; // the slot with the index of the choice, or -1
    private ulong _varying;

    /// <summary>Leaves out the values in the slots of an event.</summary>
    public SharedTemplate(string eventType, ReadOnlySpan<byte> json, List<TemplateSlot> slots)
    {
        EventType = eventType;
        _known = new byte[KnownLength(json, slots)];
        _slots = new TemplateSlot[slots.Count];
        int read = 0, written = 0, pieces = 0, others = 0;
        for (int i = 0; i < _slots.Length; i++)
        {
            TemplateSlot slot = slots[i];
            Debug.Assert(slot.Start >= read && slot.End <= json.Length, "Slots are ordered and do not overlap");
            json[read..slot.Start].CopyTo(_known.AsSpan(written));
            written += slot.Start - read;
            read = slot.End;
            _slots[i] = slot with { Start = written, Length = 0, IsOpen = true };
            pieces += slot.IsPiece ? 1 : 0;
            others += slot.Kind is TemplateSlotKind.CallId or TemplateSlotKind.CallName or TemplateSlotKind.Signature ? 1 : 0;
            _arguments += slot.Kind == TemplateSlotKind.Arguments ? 1 : 0;
            if (slot.Kind == TemplateSlotKind.ChoiceIndex) _choiceSlot = i;
        }

        _hasOnePiece = pieces == 1 && others == 0;
        json[read..].CopyTo(_known.AsSpan(written));
        Debug.Assert(written + json.Length - read == _known.Length, "All bytes outside of slots are known");
    }

    public string EventType { get; }

    /// <summary>The event without the values in its slots.</summary>
    public ReadOnlySpan<byte> Known => _known;

    /// <summary>The slots, all open and empty, with offsets in <see cref="Known"/>.</summary>
    public ReadOnlySpan<TemplateSlot> Slots => _slots;

    public SharedEffect Effect { get; init; }

    /// <summary>Whether it belongs to a choice: the one that a slot states, or the first. Otherwise it has only usage.</summary>
    public bool HasChoice { get; init; }

    /// <summary>Whether it states that the role is the assistant's.</summary>
    public bool HasRole { get; init; }

    /// <summary>Whether the role comes after the pieces.</summary>
    public bool IsRoleLast { get; init; }

    /// <summary>The finish reason as it was sent, or null.</summary>
    public string? Finish { get; init; }

    /// <summary>
    /// The fragments of tool calls, in order, without id, name, and arguments. These are in the slots with the same object as
    /// <see cref="TemplateSlot.Call"/>.
    /// </summary>
    public ToolCallTarget[] Calls { get; init; } = [];

    /// <summary>The stream of the client in which it was recognized last: see <see cref="SharedTemplates"/>.</summary>
    public int LastUse { get; set; }

    /// <summary>
    /// Whether it adds one piece to the answer and begins or ends nothing, as the events do that a stream has many of. Then a template of
    /// the stream itself is worthwhile, which costs less to compare.
    /// </summary>
    public bool IsUsual => _hasOnePiece && Effect is SharedEffect.None && Finish is null && Calls.Length <= _arguments;

    /// <summary>Whether it adds to the arguments of a tool call.</summary>
    public bool HasArguments => _arguments > 0;

    /// <summary>The number of bytes of an event that are kept.</summary>
    public static int KnownLength(ReadOnlySpan<byte> json, List<TemplateSlot> slots)
    {
        int length = json.Length;
        foreach (TemplateSlot slot in slots) length -= slot.Length;
        return length;
    }

    /// <summary>The index of the choice that an event with these values belongs to; -1 if it has only usage.</summary>
    public int ChoiceOf(ReadOnlySpan<SlotValue> values) => !HasChoice ? -1 : _choiceSlot < 0 ? 0 : values[_choiceSlot].Index;

    /// <summary>The slots of an event that matched, for a template of the stream itself.</summary>
    /// <param name="info">What is known of the answer: values that are already known have no effect, and may vary.</param>
    /// <param name="values">The values in the slots.</param>
    /// <param name="call">The call to which arguments belong, or null.</param>
    /// <param name="slots">Receives the slots.</param>
    public void GetSlots(ChatStreamInfo info, ReadOnlySpan<SlotValue> values, ToolCallTarget? call, List<TemplateSlot> slots)
    {
        slots.Clear();
        int choice = ChoiceOf(values);
        for (int i = 0; i < _slots.Length; i++)
        {
            ref readonly TemplateSlot slot = ref _slots[i];
            TemplateSlotKind? kind = slot.Kind switch
            {
                TemplateSlotKind.Id => info.Id is null ? null : TemplateSlotKind.IgnoredString,
                TemplateSlotKind.Model => info.Model is null ? null : TemplateSlotKind.IgnoredString,
                TemplateSlotKind.Created => info.CreatedAt is null ? null : TemplateSlotKind.IgnoredNumber,
                TemplateSlotKind.BlockIndex => null, // a constant of this stream
                TemplateSlotKind.ChoiceIndex => HasRole ? null : slot.Kind, // another choice may have no role yet
                var other => other,
            };
            if (kind is not { } known) continue;
            bool isOpen = known < TemplateSlotKind.IgnoredString || (_varying >> slots.Count & 1) != 0;
            ToolCallTarget? target = known == TemplateSlotKind.Arguments ? call : null;
            Debug.Assert(!slot.IsPiece || HasChoice, "Pieces belong to a choice");
            int argument = slot.IsPiece ? choice : slot.Argument;
            slots.Add(new TemplateSlot(known, argument, values[i].Start, values[i].Length, isOpen, target));
        }
    }

    /// <summary>Notes which slots of <see cref="GetSlots"/> vary. It does no harm if that is wrong.</summary>
    public void NoteVarying(ulong varying) => _varying = varying;

    /// <summary>Whether another template recognizes the same events and states the same effects.</summary>
    public bool IsEqual(SharedTemplate other)
    {
        bool isEqual = Known.SequenceEqual(other.Known) && Slots.Length == other.Slots.Length && Calls.SequenceEqual(other.Calls)
            && (EventType, Effect, HasChoice, HasRole, IsRoleLast, Finish)
                == (other.EventType, other.Effect, other.HasChoice, other.HasRole, other.IsRoleLast, other.Finish);
        for (int i = 0; i < Slots.Length && isEqual; i++) isEqual = Slots[i] == other.Slots[i];
        return isEqual;
    }
}
