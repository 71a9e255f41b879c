namespace LlmStream.Framing;

/// <summary>Splits a stream into frames and hands each to its handler as it is found. Nothing is read ahead.</summary>
internal abstract class FrameReader : IAsyncDisposable
{
    private const int MagicLength = 4;

    /// <summary>Has the next frame handled if all of it has been read already, and it takes no waiting to find it.</summary>
    public virtual bool TryRead() => false;

    /// <summary>Reads on to the next frame and has it handled.</summary>
    /// <returns>False when the stream has ended.</returns>
    /// <exception cref="FramingException">The bytes cannot be split into frames.</exception>
    public abstract ValueTask<bool> ReadAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    /// <summary>
    /// Looks at the first bytes and opens the reader that they call for. What a server labels its body with is not asked:
    /// recorded streams have no label, and error bodies often have the wrong one.
    /// </summary>
    /// <exception cref="FramingException">The body is a web page or compressed.</exception>
    public static async ValueTask<FrameReader> OpenAsync(
        GuardedStream stream, int maxFrameBytes, IFrameHandler handler, FramingStatistics? statistics, bool useFastPath, CancellationToken cancellationToken)
    {
        int first = await stream.PeekAsync(cancellationToken).ConfigureAwait(false);
        if (first is 0x1F or 0x28) await stream.PeekAsync(MagicLength, cancellationToken).ConfigureAwait(false);
        return first switch
        {
            '{' or '[' => new JsonSequenceReader(stream, maxFrameBytes, handler, statistics),
            '<' => throw new FramingException(FramingError.NotAStream, "The body is a web page or an XML document"),
            0x1F or 0x28 when IsCompressed(stream.Sample) => throw new FramingException(FramingError.NotAStream, "The body is compressed"),
            _ => new SseFrameReader(stream, maxFrameBytes, handler, statistics, useFastPath),
        };
    }

    private static bool IsCompressed(ReadOnlySpan<byte> sample) =>
        sample.StartsWith<byte>([0x1F, 0x8B]) // gzip, RFC 1952, 2.3.1
        || sample.StartsWith<byte>([0x28, 0xB5, 0x2F, 0xFD]); // Zstandard, RFC 8878, 3.1.1
}
