using LlmStream.Framing;

namespace LlmStream.Inspection;

/// <summary>
/// Reads a prefix that was already read from a stream, then the rest of the stream. So a stream that cannot seek can be read again
/// from its start.
/// </summary>
/// <remarks>It does not own the stream that it reads, and never closes it.</remarks>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : ReadOnlyStream
{
    private ReadOnlyMemory<byte> _prefix = prefix;

    /// <summary>The number of bytes read so far, including those of the prefix.</summary>
    public long BytesRead { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count;
        if (_prefix.IsEmpty)
        {
            count = await rest.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            count = Math.Min(buffer.Length, _prefix.Length);
            _prefix[..count].CopyTo(buffer);
            _prefix = _prefix[count..];
        }

        BytesRead += count;
        return count;
    }
}
