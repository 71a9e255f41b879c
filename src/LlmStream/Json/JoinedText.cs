using System.Buffers;
using System.Text.Json;

namespace LlmStream.Json;

/// <summary>
/// The raw bytes of several JSON strings, put together as if they were one. What stands between the quotation marks
/// of JSON strings can be joined as it is, escapes included.
/// </summary>
internal ref struct JoinedText
{
    private ArrayBufferWriter<byte>? _joined;

    public ReadOnlySpan<byte> Raw { get; private set; }

    public bool IsEscaped { get; private set; }

    /// <summary>Where in the event the text stands, or -1 where it was put together.</summary>
    public int Start { get; private set; }

    /// <summary>Adds the string that the reader stands on. One alone is not copied.</summary>
    public void Add(ref Utf8JsonReader reader)
    {
        if (reader.ValueSpan.IsEmpty) return;
        IsEscaped |= reader.ValueIsEscaped;
        if (Raw.IsEmpty)
        {
            Raw = reader.ValueSpan;
            Start = (int)reader.TokenStartIndex + 1;
            return;
        }

        if (_joined is null)
        {
            _joined = new ArrayBufferWriter<byte>(2 * (Raw.Length + reader.ValueSpan.Length));
            _joined.Write(Raw);
        }

        _joined.Write(reader.ValueSpan);
        Start = -1;
        Raw = _joined.WrittenSpan;
    }
}
