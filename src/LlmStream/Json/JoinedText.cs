using System.Buffers;
using System.Text.Json;

namespace LlmStream.Json;

/// <summary>
/// The raw bytes of several JSON strings, joined to one. The bytes between the quotation marks can be concatenated unchanged, including
/// escapes.
/// </summary>
internal ref struct JoinedText
{
    private ArrayBufferWriter<byte>? _joined;

    public ReadOnlySpan<byte> Raw { get; private set; }

    public bool IsEscaped { get; private set; }

    /// <summary>The offset of the text in the event, or -1 if it was joined from several strings.</summary>
    public int Start { get; private set; }

    /// <summary>Adds the string that the reader is on. A single string is not copied.</summary>
    public void Add(ref Utf8JsonReader reader) => Add(reader.ValueSpan, reader.ValueIsEscaped, (int)reader.TokenStartIndex + 1);

    /// <summary>Adds another text.</summary>
    public void Add(in JoinedText other) => Add(other.Raw, other.IsEscaped, other.Start);

    private void Add(ReadOnlySpan<byte> raw, bool isEscaped, int start)
    {
        if (raw.IsEmpty) return;
        IsEscaped |= isEscaped;
        if (Raw.IsEmpty)
        {
            Raw = raw;
            Start = start;
            return;
        }

        if (_joined is null)
        {
            _joined = new ArrayBufferWriter<byte>(2 * (Raw.Length + raw.Length));
            _joined.Write(Raw);
        }

        _joined.Write(raw);
        Start = -1;
        Raw = _joined.WrittenSpan;
    }
}
