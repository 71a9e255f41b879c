using System.Runtime.InteropServices;

namespace LlmStream.Answers.Templates;

/// <summary>The value that an event has in a slot.</summary>
[StructLayout(LayoutKind.Auto)]
internal struct SlotValue
{
    public int Start;
    public int Length;
    public bool IsEscaped;
    public long Number;

    /// <summary>The number as the index of a choice, as <see cref="Json.JsonReaderExtensions.ReadIndex"/> reads it.</summary>
    public readonly int Index => Number <= int.MaxValue ? (int)Number : 0;
}

/// <summary>Room for the values of one event.</summary>
internal static class SlotValues
{
    [ThreadStatic]
    private static SlotValue[]? _ofThread;

    /// <summary>
    /// Room for <see cref="TemplateRecorder.MaxSlots"/> values, which the thread uses until it handles the next event. On the stack it
    /// would have to be cleared for each event.
    /// </summary>
    public static SlotValue[] OfThread => _ofThread ??= new SlotValue[TemplateRecorder.MaxSlots];
}
