using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace LlmStream.Relay.Format;

/// <summary>How the value of a field is written.</summary>
internal enum WireType
{
    /// <summary>A number: zigzag, then 7 bits a byte, the lowest first.</summary>
    Number = 0,

    /// <summary>A length, then bytes: UTF-8, JSON, a nested object, or data.</summary>
    Bytes = 1,

    /// <summary>A length in bytes, then UTF-16, little-endian: a string with a lone surrogate, which UTF-8 cannot represent.</summary>
    Utf16 = 2,
}

/// <summary>Writes fields, each with its number and wire type, so that a reader can skip those that it does not know.</summary>
internal sealed class FieldWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(256);

    public int Length => _buffer.WrittenCount;

    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();

    public void Clear() => _buffer.ResetWrittenCount();

    public void WriteVersion(byte version)
    {
        _buffer.GetSpan(1)[0] = version;
        _buffer.Advance(1);
    }

    public void Write(int field, long value)
    {
        WriteTag(field, WireType.Number);
        WriteVarint((ulong)((value << 1) ^ (value >> 63)));
    }

    public void WriteUnlessZero(int field, long value)
    {
        if (value != 0) Write(field, value);
    }

    public void WriteIfSet(int field, long? value)
    {
        if (value is { } number) Write(field, number);
    }

    public void WriteIfSet(int field, string? value)
    {
        if (value is not null) Write(field, value);
    }

    public void Write(int field, string value)
    {
        int maximum = Encoding.UTF8.GetMaxByteCount(value.Length);
        byte[] rented = ArrayPool<byte>.Shared.Rent(maximum);
        OperationStatus status = Utf8.FromUtf16(value, rented, out _, out int length, replaceInvalidSequences: false);
        if (status == OperationStatus.Done) WriteBytes(field, WireType.Bytes, rented.AsSpan(0, length));
        else WriteUtf16(field, value);
        ArrayPool<byte>.Shared.Return(rented);
    }

    public void Write(int field, ReadOnlySpan<byte> bytes) => WriteBytes(field, WireType.Bytes, bytes);

    public void Write(int field, FieldWriter nested) => WriteBytes(field, WireType.Bytes, nested._buffer.WrittenSpan);

    private void WriteUtf16(int field, string value)
    {
        byte[] bytes = new byte[value.Length * sizeof(char)];
        MemoryMarshal.AsBytes(value.AsSpan()).CopyTo(bytes);
        if (!BitConverter.IsLittleEndian)
        {
            for (int i = 0; i < value.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * sizeof(char)), value[i]);
        }

        WriteBytes(field, WireType.Utf16, bytes);
    }

    private void WriteBytes(int field, WireType type, ReadOnlySpan<byte> bytes)
    {
        WriteTag(field, type);
        WriteVarint((ulong)bytes.Length);
        _buffer.Write(bytes);
    }

    private void WriteTag(int field, WireType type) => WriteVarint(((ulong)field << 2) | (ulong)type);

    private void WriteVarint(ulong value)
    {
        int length = Math.Max(1, (70 - BitOperations.LeadingZeroCount(value)) / 7);
        Span<byte> span = _buffer.GetSpan(length);
        for (int i = 0; i < length - 1; i++, value >>= 7) span[i] = (byte)(value | 0x80);
        span[length - 1] = (byte)value;
        _buffer.Advance(length);
    }
}
