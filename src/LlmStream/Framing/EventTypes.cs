using System.Text;

namespace LlmStream.Framing;

/// <summary>Decodes the types of events. The types of a format are few, and each is decoded once for many streams.</summary>
/// <remarks>
/// Thread-safe without a lock: an entry is one reference, it is compared before it is used, and it does no harm if another type replaces
/// it. Whatever servers send, no more than <see cref="MaxKnown"/> types are kept, of at most <see cref="MaxLength"/> characters.
/// </remarks>
internal static class EventTypes
{
    /// <summary>The number of types that are kept, a power of two. A type replaces another one with the same hash.</summary>
    public const int MaxKnown = 128;

    /// <summary>The length of the longest type that is kept.</summary>
    public const int MaxLength = 64;

    private static readonly string?[] Known = new string?[MaxKnown];

    /// <summary>Decodes a type.</summary>
    /// <param name="name">The bytes, not empty.</param>
    public static string Decode(ReadOnlySpan<byte> name)
    {
        if (name.Length > MaxLength || !Ascii.IsValid(name)) return Encoding.UTF8.GetString(name);
        ref string? entry = ref Known[Hash(name) % MaxKnown];
        string? known = Volatile.Read(ref entry);
        if (known is not null && Ascii.Equals(name, known)) return known;
        string decoded = Encoding.UTF8.GetString(name);
        Volatile.Write(ref entry, decoded);
        return decoded;
    }

    // FNV-1a.
    private static uint Hash(ReadOnlySpan<byte> name)
    {
        uint hash = 2166136261;
        foreach (byte letter in name) hash = (hash ^ letter) * 16777619;
        return hash ^ (hash >> 16);
    }
}
