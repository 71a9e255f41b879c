using System.Buffers.Binary;
#if !NETSTANDARD
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
#endif

namespace LlmStream.Dialects.Bedrock;

/// <summary>CRC-32 as in gzip (RFC 1952, 8): the reflected polynomial 0xEDB88320.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xEDB88320;

    // Eight bytes at a time: row r is the effect of a byte that r more bytes follow.
    private const int Rows = 8;
    private static readonly uint[] Table = CreateTable();

    public static uint Compute(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
#if !NETSTANDARD
        if (Pclmulqdq.IsSupported && bytes.Length >= 2 * Vector128<byte>.Count) crc = Fold(ref bytes, crc);
#endif
        return ~Update(crc, bytes);
    }

    private static uint Update(uint crc, ReadOnlySpan<byte> bytes)
    {
        uint[] table = Table;
        for (; bytes.Length >= Rows; bytes = bytes[Rows..])
        {
            uint low = BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc, high = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
            crc = table[(7 * 256) + (byte)low] ^ table[(6 * 256) + (byte)(low >> 8)]
                ^ table[(5 * 256) + (byte)(low >> 16)] ^ table[(4 * 256) + (byte)(low >> 24)]
                ^ table[(3 * 256) + (byte)high] ^ table[(2 * 256) + (byte)(high >> 8)]
                ^ table[256 + (byte)(high >> 16)] ^ table[(byte)(high >> 24)];
        }

        foreach (byte value in bytes) crc = (crc >> 8) ^ table[(byte)(crc ^ value)];
        return crc;
    }

#if !NETSTANDARD
    /// <summary>
    /// Replaces all blocks of 16 bytes by one with the same remainder (Intel, "Fast CRC Computation for Generic Polynomials Using
    /// PCLMULQDQ Instruction", 2009), and computes that.
    /// </summary>
    private static uint Fold(ref ReadOnlySpan<byte> bytes, uint crc)
    {
        // x^(128 + 32) and x^(128 - 32) modulo the polynomial, reflected.
        var powers = Vector128.Create(0x1_7519_97D0UL, 0xCCAA_009EUL);
        Vector128<ulong> folded = Vector128.Create(bytes).AsUInt64() ^ Vector128.CreateScalar((ulong)crc);
        for (bytes = bytes[Vector128<byte>.Count..]; bytes.Length >= Vector128<byte>.Count; bytes = bytes[Vector128<byte>.Count..])
        {
            folded = Pclmulqdq.CarrylessMultiply(folded, powers, 0x00) ^ Pclmulqdq.CarrylessMultiply(folded, powers, 0x11)
                ^ Vector128.Create(bytes).AsUInt64();
        }

        Span<byte> block = stackalloc byte[Vector128<byte>.Count];
        folded.AsByte().CopyTo(block);
        return Update(0, block);
    }
#endif

    private static uint[] CreateTable()
    {
        uint[] table = new uint[Rows * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++) value = (value & 1) == 0 ? value >> 1 : Polynomial ^ (value >> 1);
            table[i] = value;
        }

        for (int i = 256; i < table.Length; i++) table[i] = (table[i - 256] >> 8) ^ table[(byte)table[i - 256]];
        return table;
    }
}
