using System.Runtime.CompilerServices;

namespace LlmStream.Framing;

/// <summary>Splits a stream into frames and passes each to a handler as soon as it is found.</summary>
internal abstract class FrameReader(Stream stream, int maxFrameBytes, FrameHandler handler, IFramingObserver? observer) : IAsyncDisposable
{
    private const int MagicLength = 4;
    private const int MaxTitleEnd = 8 * 1024; // how much of a web page is read, so that an error can name its title

    /// <summary>The position after the last frame that was emitted; null if the stream is not an event stream.</summary>
    public virtual StreamPosition? Position => null;

    /// <summary>The most bytes that a frame may have. A larger one is a <see cref="FramingException"/>.</summary>
    protected int MaxFrameBytes => maxFrameBytes;

    protected FrameHandler Handler => handler;

    protected IFramingObserver? Observer => observer;

    protected ReceiveBuffer Received { get; } = new();

    /// <summary>Whether the stream has ended: what has been received is all there is.</summary>
    protected bool HasEnded { get; private set; }

    /// <summary>Emits the next frame if all of it has been received already.</summary>
    /// <returns>Whether it did: false if more bytes have to be read first, or the stream has ended.</returns>
    /// <exception cref="FramingException">The bytes cannot be split into frames.</exception>
    public abstract bool TryRead();

    /// <summary>Emits the next frame, and reads from the stream only if it has not been received yet.</summary>
    /// <returns>False when the stream has ended.</returns>
    /// <exception cref="FramingException">The bytes cannot be split into frames.</exception>
    public virtual ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        while (!TryRead())
        {
            if (HasEnded) return new(false);
            // A stream whose reads complete at once may never look at the token.
            cancellationToken.ThrowIfCancellationRequested();
            ValueTask<int> read = stream.ReadAsync(Received.GetRoom(), cancellationToken);
            if (!read.IsCompletedSuccessfully) return ReadSlowAsync(read, cancellationToken);
            Receive(read.Result);
        }

        return new(true);
    }

    public virtual ValueTask DisposeAsync()
    {
        HasEnded = true;
        Received.Dispose();
        return default;
    }

    /// <summary>
    /// Creates the reader that the first bytes call for. The declared content type is not considered: recorded streams have none, and
    /// error bodies often have a wrong one.
    /// </summary>
    /// <param name="stream">The stream, of which nothing has been read.</param>
    /// <param name="binary">The binary framing of the expected format, or null if it has none.</param>
    /// <param name="maxFrameBytes">The most bytes that a frame may have.</param>
    /// <param name="handler">Receives the frames.</param>
    /// <param name="observer">Is told what the reader finds; or null.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <exception cref="FramingException">The body is a web page or compressed.</exception>
    public static ValueTask<FrameReader> OpenAsync(
        GuardedStream stream, BinaryFraming? binary, int maxFrameBytes, FrameHandler handler, IFramingObserver? observer,
        CancellationToken cancellationToken)
    {
        if (binary is not null) return OpenBinaryAsync(stream, binary, maxFrameBytes, handler, observer, cancellationToken);
        ValueTask<int> peek = stream.PeekAsync(cancellationToken);
        if (!peek.IsCompletedSuccessfully) return OpenSlowAsync(peek, stream, maxFrameBytes, handler, observer, cancellationToken);
        int first = peek.Result;
        return MustPeekFurther(first)
            ? OpenSlowAsync(new(first), stream, maxFrameBytes, handler, observer, cancellationToken)
            : new(Create(first, stream, maxFrameBytes, handler, observer));
    }

    private static async ValueTask<FrameReader> OpenBinaryAsync(
        GuardedStream stream, BinaryFraming binary, int maxFrameBytes, FrameHandler handler, IFramingObserver? observer,
        CancellationToken cancellationToken)
    {
        await stream.PeekAsync(binary.HeadLength, cancellationToken).ConfigureAwait(false);
        return CompressionOf(stream.Sample) is null && binary.IsLikely(stream.Sample)
            ? binary.CreateReader(stream, maxFrameBytes, handler, observer)
            : await OpenAsync(stream, binary: null, maxFrameBytes, handler, observer, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<FrameReader> OpenSlowAsync(
        ValueTask<int> peek, GuardedStream stream, int maxFrameBytes, FrameHandler handler, IFramingObserver? observer,
        CancellationToken cancellationToken)
    {
        int first = await peek.ConfigureAwait(false);
        if (first is 0x1F or 0x28 or 0x78 or 'n') await stream.PeekAsync(MagicLength, cancellationToken).ConfigureAwait(false);
        if (first == '<') await stream.PeekAsync(MaxTitleEnd, static page => HasTitle(page), cancellationToken).ConfigureAwait(false);
        return Create(first, stream, maxFrameBytes, handler, observer);
    }

    /// <summary>Whether the first byte alone does not tell what the body is.</summary>
    private static bool MustPeekFurther(int first) => first is 0x1F or 0x28 or 0x78 or 'n' or '<';

    private static FrameReader Create(
        int first, GuardedStream stream, int maxFrameBytes, FrameHandler handler, IFramingObserver? observer)
    {
        return first switch
        {
            '{' or '[' or '"' => new JsonSequenceReader(stream, maxFrameBytes, handler, observer),
            // A keep-alive before the first object. No field of an event stream begins like this.
            'n' when stream.Sample.TrimStart("\uFEFF \t\r\n"u8).StartsWith("null"u8) =>
                new JsonSequenceReader(stream, maxFrameBytes, handler, observer),
            '<' => throw new FramingException(FramingError.NotAStream, "The body is a web page or an XML document"),
            0x1F or 0x28 or 0x78 when CompressionOf(stream.Sample) is { } format => throw new FramingException(
                FramingError.NotAStream, $"The body is compressed ({format}); set AutomaticDecompression on the HTTP handler"),
            _ => new SseFrameReader(stream, maxFrameBytes, handler, observer),
        };
    }

    /// <summary>Passes a frame on.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)] // keeps the frame out of the stack frames of the parsers
    protected void Emit(FrameKind kind, string eventType, ReadOnlySpan<byte> data, bool isUnterminated)
    {
        var frame = new Frame(kind, eventType, data, isUnterminated);
        observer?.OnFrame(in frame);
        handler.Handle(in frame);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadSlowAsync(ValueTask<int> read, CancellationToken cancellationToken)
    {
        while (true)
        {
            Receive(await read.ConfigureAwait(false));
            if (TryRead()) return true;
            if (HasEnded) return false;
            cancellationToken.ThrowIfCancellationRequested();
            read = stream.ReadAsync(Received.GetRoom(), cancellationToken);
        }
    }

    private void Receive(int count)
    {
        Received.Commit(count);
        HasEnded = count == 0;
    }

    /// <summary>The compression of a body that begins like this, or null.</summary>
    /// <remarks>
    /// RFC 1950, 2.2: the first two bytes of "deflate" together are a multiple of 31. The second is one of the four that occur, of which
    /// "^" is text.
    /// </remarks>
    private static string? CompressionOf(ReadOnlySpan<byte> sample) =>
        sample.StartsWith<byte>([0x1F, 0x8B]) ? "gzip" // RFC 1952, 2.3.1
        : sample.StartsWith<byte>([0x28, 0xB5, 0x2F, 0xFD]) ? "zstd" // RFC 8878, 3.1.1
        : sample is [0x78, 0x01 or 0x9C or 0xDA, ..] ? "deflate"
        : null;

    private static bool HasTitle(ReadOnlyMemory<byte> page) =>
        page.Span.IndexOf("</title"u8) >= 0 || page.Span.IndexOf("</TITLE"u8) >= 0;
}
