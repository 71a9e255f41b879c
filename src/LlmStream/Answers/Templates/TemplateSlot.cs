using System.Runtime.InteropServices;

namespace LlmStream.Answers.Templates;

/// <summary>What a part of an event is that may differ in the next one.</summary>
internal enum TemplateSlotKind : byte
{
    /// <summary>A string, not empty, that is added to the text of a choice.</summary>
    Text,

    /// <summary>A string, not empty, that is added to the reasoning of a choice.</summary>
    Reasoning,

    /// <summary>An integer that is a <see cref="Answers.UsageCount"/>.</summary>
    UsageCount,

    /// <summary>A string without an effect, whatever it is.</summary>
    IgnoredString,

    /// <summary>A number without an effect, whatever it is.</summary>
    IgnoredNumber,
}

/// <summary>A part of an event: the raw bytes of a string between the quotation marks, or a number.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Argument">The index of the choice, or the <see cref="UsageCount"/>.</param>
/// <param name="Start">Its offset.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="IsOpen">Whether it is known to vary. Otherwise it is compared.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TemplateSlot(TemplateSlotKind Kind, int Argument, int Start, int Length, bool IsOpen)
{
    public bool HasEffect => Kind <= TemplateSlotKind.UsageCount;

    public int End => Start + Length;
}
