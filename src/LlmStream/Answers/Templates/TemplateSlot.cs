using System.Runtime.InteropServices;

namespace LlmStream.Answers.Templates;

/// <summary>What stands at a place of an event that may be different in the next one.</summary>
internal enum TemplateSlotKind : byte
{
    /// <summary>A string that is added to a choice's text; not an empty one.</summary>
    Text,

    /// <summary>A string that is added to a choice's reasoning; not an empty one.</summary>
    Reasoning,

    /// <summary>A whole number that becomes one of the usage's figures.</summary>
    Figure,

    /// <summary>A string that has no effect, whatever it says.</summary>
    IgnoredString,

    /// <summary>A number that has no effect, whatever it is.</summary>
    IgnoredNumber,
}

/// <summary>A place in an event: of a string what stands between the quotation marks, of a number its digits.</summary>
/// <param name="Kind">What stands there.</param>
/// <param name="Argument">Of a text the choice's index, of a figure which one it is.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="Length">How long it is, in bytes.</param>
/// <param name="IsOpen">Whether it is known to change. What is not, is compared.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TemplateSlot(TemplateSlotKind Kind, int Argument, int Start, int Length, bool IsOpen)
{
    public bool HasEffect => Kind <= TemplateSlotKind.Figure;

    public int End => Start + Length;
}

/// <summary>What an event has in a slot.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct SlotValue
{
    public int Start;
    public int Length;
    public bool IsEscaped;
    public long Number;
}
