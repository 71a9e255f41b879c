using System.Buffers.Text;
using System.Text;

namespace LlmStream.Redis.Reading;

/// <summary>A message with records that were appended.</summary>
/// <param name="Epoch">Their epoch.</param>
/// <param name="FirstSequence">The number of the first of them.</param>
/// <param name="Records">The records.</param>
internal sealed record RecordsMessage(string Epoch, long FirstSequence, IReadOnlyList<ReadOnlyMemory<byte>> Records)
{
    /// <summary>What messages with records begin with. The others have no more than one byte.</summary>
    public const byte Mark = (byte)'r';

    /// <summary>Reads a message: <c>r{epoch} {first sequence} {length},{length},…\n</c>, then the records.</summary>
    /// <returns>Null if it has no records, or is not understood. Then the records are read from the server.</returns>
    public static RecordsMessage? TryParse(ReadOnlyMemory<byte> message)
    {
        ReadOnlySpan<byte> text = message.Span;
        int newLine = text.IndexOf((byte)'\n');
        if (newLine < 0 || text[0] != Mark) return null;
        ReadOnlySpan<byte> head = text[1..newLine];
        int space = head.IndexOf((byte)' ');
        if (space < 0) return null;
        string epoch = Encoding.ASCII.GetString(head[..space]);
        head = head[(space + 1)..];
        if (!Utf8Parser.TryParse(head, out long first, out int consumed) || consumed >= head.Length) return null;
        head = head[consumed..];

        var records = new List<ReadOnlyMemory<byte>>();
        int offset = newLine + 1;
        while (!head.IsEmpty)
        {
            head = head[1..]; // the space or comma
            if (!Utf8Parser.TryParse(head, out int length, out consumed) || length < 0 || length > message.Length - offset) return null;
            records.Add(message.Slice(offset, length));
            offset += length;
            head = head[consumed..];
        }

        return offset == message.Length ? new RecordsMessage(epoch, first, records) : null;
    }
}
