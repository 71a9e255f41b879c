namespace LlmStream.Benchmarks.Streams;

/// <summary>
/// The length of a text in UTF-16 code units, and its FNV-1a hash, so that texts of 100 MiB can be compared without keeping them.
/// </summary>
internal readonly record struct TextHash(long Length, ulong Hash)
{
    private const ulong OffsetBasis = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    public static TextHash Empty { get; } = new(0, OffsetBasis);

    public TextHash Append(ReadOnlySpan<char> text)
    {
        ulong hash = Hash;
        foreach (char c in text) hash = (hash ^ c) * Prime;
        return new(Length + text.Length, hash);
    }
}
