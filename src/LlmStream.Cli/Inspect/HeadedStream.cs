using LlmStream.Framing;

namespace LlmStream.Cli.Inspect;

/// <summary>
/// A stream of which the first bytes were looked at. It reads them once more, and then the rest: so a pipe can be
/// inspected as well as a file, and of a file nothing is held but its beginning.
/// </summary>
internal sealed class HeadedStream(Stream inner, ReadOnlyMemory<byte> head) : ReadOnlyStream
{
    private ReadOnlyMemory<byte> _head = head;

    /// <summary>How many bytes have been read.</summary>
    public long BytesRead { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count;
        if (_head.IsEmpty)
        {
            // A read from standard input cannot be cancelled; but nobody has to wait for it.
            count = await inner.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            count = Math.Min(buffer.Length, _head.Length);
            _head[..count].CopyTo(buffer);
            _head = _head[count..];
        }

        BytesRead += count;
        return count;
    }
}
