using System.Buffers;
using LlmStream.Framing;

namespace LlmStream.Reading;

/// <summary>Reads a body that is a single JSON document, with or without the framing of HTTP chunks in it.</summary>
internal sealed class JsonDocumentSession(Stream stream, ChunkedJsonReaderOptions options) : IDisposable
{
    private const int BufferSize = 4096;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private readonly GuardedStream _source = new(stream);
    private ChunkedBody? _body;
    private JsonDocumentEnd _end;
    private long _length;
    private bool _isDisposed;

    /// <summary>Reads the next piece of the document.</summary>
    /// <returns>The piece, valid until the next read; empty after the end of the document.</returns>
    /// <exception cref="ChatStreamException">The document was cut off, is too large, or is not JSON; or the connection failed.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            _body ??= new ChunkedBody(_source);
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                // A document without framing determines its own end: the server may leave the connection open after it.
                if (_end.HasEnded && !_body.IsChunked) return default;
                int read = await _body.ReadAsync(_buffer.AsMemory(0, BufferSize), cancellationToken).ConfigureAwait(false);
                if (read == 0) break;
                int taken = Take(_buffer.AsSpan(0, read));
                if (taken > 0) return _buffer.AsMemory(0, taken);
            }
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested && exception is not OperationCanceledException)
        {
            throw StreamFailure.Canceled(exception, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw StreamFailure.Of(exception, _source);
        }

        if (_end.HasEnded && _body.IsComplete) return default;
        throw StreamFailure.Truncated(_source.IsEmpty ? "The body ended before any data arrived."
            : _end.HasEnded ? "The body ended before its last chunk."
            : "The body ended in the middle of the JSON document.");
    }

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    /// <returns>How many of the bytes belong to the document.</returns>
    private int Take(ReadOnlySpan<byte> bytes)
    {
        int taken = _end.Take(bytes);
        if (!bytes[taken..].Trim(" \t\r\n"u8).IsEmpty)
            throw new FramingException(FramingError.Malformed, "The body has more data after the JSON document");
        _length += taken;
        if (_length > options.MaxDocumentBytes)
        {
            throw new FramingException(
                FramingError.TooLarge,
                $"The JSON document is larger than {options.MaxDocumentBytes} bytes (ChunkedJsonReaderOptions.MaxDocumentBytes)");
        }

        return taken;
    }
}
