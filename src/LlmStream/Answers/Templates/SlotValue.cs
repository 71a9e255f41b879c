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
}
