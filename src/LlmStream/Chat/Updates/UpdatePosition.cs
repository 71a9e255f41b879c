using System.Runtime.InteropServices;

namespace LlmStream.Chat.Updates;

/// <summary>
/// How much of an answer the updates so far hold. Unlike the number of an event, it does not depend on how the answer is sent.
/// </summary>
/// <param name="Text">The length of the text, in UTF-16 code units.</param>
/// <param name="Reasoning">The same of the reasoning.</param>
/// <param name="Calls">The number of tool calls.</param>
/// <param name="Others">The number of other contents.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct UpdatePosition(int Text, int Reasoning, int Calls, int Others);
