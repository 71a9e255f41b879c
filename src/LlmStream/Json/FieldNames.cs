using System.Text;
using System.Text.Json;

namespace LlmStream.Json;

/// <summary>A set of field names in JSON, compared as bytes.</summary>
internal sealed class FieldNames
{
    /// <summary>No names.</summary>
    public static FieldNames None { get; } = new();

    private readonly byte[][] _names;

    // The last six bits of the first character of each name. Most names of other fields are told apart by it.
    private readonly long _firsts;

    public FieldNames(params string[] names)
    {
        _names = new byte[names.Length][];
        for (int i = 0; i < names.Length; i++)
        {
            _names[i] = Encoding.UTF8.GetBytes(names[i]);
            _firsts |= 1L << (names[i][0] & 63);
        }
    }

    /// <summary>Whether this is one of these names.</summary>
    public bool Contains(string name) => Array.Exists(_names, known => name == Encoding.UTF8.GetString(known));

    /// <summary>Whether the reader is on a field of one of these names.</summary>
    public bool Contains(ref Utf8JsonReader reader) => Contains(reader.ValueSpan, reader.ValueIsEscaped);

    /// <summary>Whether the raw bytes of a JSON string are one of these names.</summary>
    public bool Contains(ReadOnlySpan<byte> raw, bool escaped)
    {
        if (!escaped && (raw.IsEmpty || (_firsts >> (raw[0] & 63) & 1) == 0)) return false;
        foreach (byte[] name in _names)
        {
            if (JsonText.AreEqual(raw, escaped, name)) return true;
        }

        return false;
    }
}
