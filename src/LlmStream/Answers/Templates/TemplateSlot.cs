using System.Runtime.InteropServices;

namespace LlmStream.Answers.Templates;

/// <summary>What a part of an event is that may differ in the next one.</summary>
internal enum TemplateSlotKind : byte
{
    /// <summary>A string, not empty, that is added to the text of a choice.</summary>
    Text,

    /// <summary>A string, not empty, that is added to the reasoning of a choice.</summary>
    Reasoning,

    /// <summary>A string, not empty, that is added to the arguments of a tool call.</summary>
    Arguments,

    /// <summary>An integer that is a <see cref="Answers.UsageCount"/>.</summary>
    UsageCount,

    /// <summary>An integer, larger than any before, that is the number of the event (<see cref="AnswerBuilder.EventNumber"/>).</summary>
    EventNumber,

    /// <summary>
    /// A string that is the id of the answer, if it is the first that is not blank. Only in a <see cref="SharedTemplate"/>.
    /// </summary>
    Id,

    /// <summary>The same for the name of the model.</summary>
    Model,

    /// <summary>An integer that is the time at which the answer was created, if it is the first that is a time.</summary>
    Created,

    /// <summary>
    /// A string that is the id of a tool call, if it is not blank. Only in a <see cref="SharedTemplate"/>, as all up to
    /// <see cref="BlockIndex"/>.
    /// </summary>
    CallId,

    /// <summary>A string that is the name of the function of a tool call, if it is not blank.</summary>
    CallName,

    /// <summary>A string, not empty, that is added to the signature of a block with reasoning.</summary>
    Signature,

    /// <summary>An integer that states which block of the answer the event belongs to.</summary>
    BlockIndex,

    /// <summary>A string without an effect, whatever it is.</summary>
    IgnoredString,

    /// <summary>A number without an effect, whatever it is.</summary>
    IgnoredNumber,

    /// <summary>
    /// Spaces, or nothing, before the brace that closes the event. Some providers pad their events with a random number of them.
    /// </summary>
    Padding,

    /// <summary>
    /// An integer that is the index of the choice to which all pieces of the event belong. It has an effect only where it is open: until
    /// then the pieces belong to the choice of <see cref="TemplateSlot.Argument"/>.
    /// </summary>
    ChoiceIndex,
}

/// <summary>A part of an event: the raw bytes of a string between the quotation marks, or a number.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Argument">The index of the choice, or the <see cref="UsageCount"/>.</param>
/// <param name="Start">Its offset.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="IsOpen">Whether it is known to vary. Otherwise it is compared.</param>
/// <param name="Call">What the fragment of a tool call states besides the arguments, which are the slot; otherwise null.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TemplateSlot(
    TemplateSlotKind Kind, int Argument, int Start, int Length, bool IsOpen, ToolCallTarget? Call = null)
{
    public bool HasEffect => Kind < TemplateSlotKind.IgnoredString;

    /// <summary>Whether its effect depends on the order of the slots. The others have one that does not.</summary>
    public bool IsInOrder => Kind <= TemplateSlotKind.UsageCount;

    public bool IsPiece => Kind <= TemplateSlotKind.Arguments;

    public bool IsString => Kind is TemplateSlotKind.IgnoredString or TemplateSlotKind.Id or TemplateSlotKind.Model
        or TemplateSlotKind.CallId or TemplateSlotKind.CallName or TemplateSlotKind.Signature or <= TemplateSlotKind.Arguments;

    public int End => Start + Length;
}
