#if !NETSTANDARD
using System.Buffers.Binary;
#endif

namespace LlmStream.Transport;

/// <summary>Creates keys that identify requests. They need not be hard to guess.</summary>
internal static class UniqueKey
{
    /// <summary>Creates a key: the 32 digits of a random UUID.</summary>
    public static string Create()
    {
#if NETSTANDARD
        return Guid.NewGuid().ToString("N");
#else
        // Guid.NewGuid reads random numbers from the operating system, which takes longer than everything else that a request needs.
        Span<byte> bytes = stackalloc byte[16];
        Random.Shared.NextBytes(bytes);
        // Processes that were restored from one snapshot continue with the same random numbers, but not at the same time.
        long time = TimeProvider.System.GetUtcNow().Ticks;
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]) ^ time);
        // RFC 9562, 5.4: the version, 4, and the variant.
        bytes[7] = (byte)((bytes[7] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes).ToString("N");
#endif
    }
}
