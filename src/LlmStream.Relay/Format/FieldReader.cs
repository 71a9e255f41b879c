using System.Buffers.Binary;
using System.Text;

namespace LlmStream.Relay.Format;

/// <summary>Reads what <see cref="FieldWriter"/> wrote.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;
    private WireType _type;
    private ulong _number;
    private ReadOnlySpan<byte> _bytes;

    /// <summary>The number of the current field.</summary>
    public int Field { get; private set; }

    /// <summary>The value of the current field, as a number.</summary>
    public readonly long Number => Expect(WireType.Number) ? (long)(_number >> 1) ^ -(long)(_number & 1) : 0;

    /// <summary>The same as a 32-bit number.</summary>
    public readonly int Int32 => Number is >= int.MinValue and <= int.MaxValue and var number ? (int)number : throw Invalid();

    /// <summary>The value of the current field, as bytes.</summary>
    public readonly ReadOnlySpan<byte> Bytes => Expect(WireType.Bytes) ? _bytes : default;

    /// <summary>The value of the current field, as a string.</summary>
    public readonly string Text => _type == WireType.Utf16 ? ReadUtf16() : Encoding.UTF8.GetString(Bytes);

    /// <summary>Reads the version of a record.</summary>
    public byte ReadVersion()
    {
        if (_rest.IsEmpty) throw Invalid();
        byte version = _rest[0];
        _rest = _rest[1..];
        return version;
    }

    /// <summary>Reads the next field.</summary>
    /// <returns>False at the end.</returns>
    public bool Read()
    {
        if (_rest.IsEmpty) return false;
        ulong tag = ReadVarint();
        Field = tag >> 2 <= int.MaxValue ? (int)(tag >> 2) : throw Invalid();
        _type = (WireType)(tag & 3);
        switch (_type)
        {
            case WireType.Number:
                _number = ReadVarint();
                return true;
            case WireType.Bytes:
            case WireType.Utf16:
                ulong length = ReadVarint();
                if (length > (ulong)_rest.Length) throw Invalid();
                _bytes = _rest[..(int)length];
                _rest = _rest[(int)length..];
                return true;
            default:
                throw Invalid();
        }
    }

    private static FormatException Invalid() => new("A record of a kept stream is damaged.");

    private readonly bool Expect(WireType type) => _type == type ? true : throw Invalid();

    private readonly string ReadUtf16()
    {
        if (_bytes.Length % sizeof(char) != 0) throw Invalid();
        char[] chars = new char[_bytes.Length / sizeof(char)];
        for (int i = 0; i < chars.Length; i++) chars[i] = (char)BinaryPrimitives.ReadUInt16LittleEndian(_bytes[(i * sizeof(char))..]);
        return new string(chars);
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int i = 0, shift = 0; i < _rest.Length && shift < 64; i++, shift += 7)
        {
            value |= (ulong)(_rest[i] & 0x7F) << shift;
            if (_rest[i] >= 0x80) continue;
            _rest = _rest[(i + 1)..];
            return value;
        }

        throw Invalid();
    }
}
