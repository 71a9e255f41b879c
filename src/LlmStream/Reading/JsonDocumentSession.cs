using System.Buffers;
using LlmStream.Framing;

namespace LlmStream.Reading;

/// <summary>One reading of a body that is a single JSON document, with or without chunk framing left in it.</summary>
internal sealed class JsonDocumentSession(Stream stream, ChatReadOptions options) : IDisposable
{
    private const int BufferSize = 4096;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
    private readonly GuardedStream _source = new(stream);
    private ChunkedBody? _body;
    private JsonDocumentEnd _extent;
    private long _length;
    private bool _isDisposed;

    /// <summary>The next piece of the document, or an empty one behind its end.</summary>
    /// <exception cref="ChatStreamException">The document was cut, is too large, or is none.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            _body ??= new ChunkedBody(_source);
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                // Behind a document without framing nothing is waited for: it says itself where it ends.
                if (_extent.HasEnded && !_body.IsFramed) return default;
                int read = await _body.ReadAsync(_buffer.AsMemory(0, BufferSize), cancellationToken).ConfigureAwait(false);
                if (read == 0) break;
                int taken = Take(_buffer.AsSpan(0, read));
                if (taken > 0) return _buffer.AsMemory(0, taken);
            }
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested && exception is not OperationCanceledException)
        {
            throw new OperationCanceledException("The reading was cancelled.", exception, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw StreamFailure.Of(exception, _source.Sample);
        }

        if (_extent.HasEnded && _body.IsWhole) return default;
        throw StreamFailure.Truncated(_source.IsEmpty ? "The body ended before anything came."
            : _extent.HasEnded ? "The body ended before its last chunk."
            : "The body ended in the middle of the JSON document.");
    }

    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private int Take(ReadOnlySpan<byte> bytes)
    {
        int taken = _extent.Take(bytes);
        if (!bytes[taken..].Trim(" \t\r\n"u8).IsEmpty)
            throw new FramingException(FramingError.Malformed, "Behind the JSON document there is something else");
        _length += taken;
        if (_length > options.MaxEventBytes) throw new FramingException(FramingError.TooLarge, $"The JSON document is larger than {options.MaxEventBytes} bytes");
        return taken;
    }
}
