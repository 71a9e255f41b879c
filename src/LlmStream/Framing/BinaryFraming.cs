namespace LlmStream.Framing;

/// <summary>
/// A binary framing, which only one format uses. Text framings are recognized by their first character: see <see cref="FrameReader"/>.
/// </summary>
internal abstract class BinaryFraming
{
    /// <summary>How many of the first bytes <see cref="IsCertain"/> needs.</summary>
    public abstract int HeadLength { get; }

    /// <summary>
    /// Whether a stream of the format that begins with these bytes is in this framing. It may also be in a text framing, such as an
    /// error in JSON or a web page.
    /// </summary>
    /// <param name="head">The first bytes, fewer than <see cref="HeadLength"/> if the stream ended before.</param>
    public abstract bool IsLikely(ReadOnlySpan<byte> head);

    /// <summary>Whether a stream of unknown format that begins with these bytes is in this framing.</summary>
    public abstract bool IsCertain(ReadOnlySpan<byte> head);

    /// <summary>Creates a reader of the stream, from its first byte on.</summary>
    public abstract FrameReader CreateReader(
        GuardedStream stream, int maxFrameBytes, FrameHandler handler, IFramingObserver? observer);
}
