namespace LlmStream.Benchmarks.Streams;

/// <summary>A text's length in UTF-16 units, and a hash of it (FNV-1a): a text of 100 MiB can be compared without being kept.</summary>
internal readonly record struct Fingerprint(long Length, ulong Hash)
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static Fingerprint Empty { get; } = new(0, Offset);

    public Fingerprint With(ReadOnlySpan<char> more)
    {
        ulong hash = Hash;
        foreach (char unit in more) hash = (hash ^ unit) * Prime;
        return new(Length + more.Length, hash);
    }
}
