using System.Runtime.InteropServices;

namespace LlmStream.Framing;

/// <summary>A position between two events of an event stream.</summary>
/// <param name="Bytes">The number of bytes before it.</param>
/// <param name="Events">
/// The number of events before it: of blocks of lines that a blank line ends, which include those that consist of comments.
/// </param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StreamPosition(long Bytes, long Events)
{
    public static StreamPosition operator +(StreamPosition left, StreamPosition right) =>
        new(left.Bytes + right.Bytes, left.Events + right.Events);
}
