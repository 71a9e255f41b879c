using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace LlmStream.Framing;

/// <summary>
/// The stream that every frame reader reads. Its first bytes can be peeked at, and a sample of them is kept so that an error can quote
/// the start of the body. Time spent waiting for bytes is reported to a <see cref="ReadWatch"/>.
/// </summary>
/// <remarks>
/// It does not own the stream that it reads, and never closes it. Invariants: <c>_sample[.._sampleLength]</c> is the start of the body,
/// until it is dropped; of these bytes the first <c>_sampleRead</c> have been returned by reads, and nothing after them.
/// </remarks>
internal sealed class GuardedStream(Stream inner, ReadWatch? watch = null) : ReadOnlyStream
{
    private const int SampleSize = 512;

    private byte[] _sample = [];
    private int _sampleLength;
    private int _sampleRead;
    private bool _isSampleComplete; // full, or dropped
    private bool _hasEnded;

    /// <summary>The first bytes of the body, at most 512, or more if they were peeked at; empty after <see cref="DropSample"/>.</summary>
    public ReadOnlySpan<byte> Sample => _sample.AsSpan(0, _sampleLength);

    /// <summary>The exception that a read of the inner stream threw, or null. Any other exception has another cause.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Whether no byte has been received.</summary>
    public bool IsEmpty => _sampleLength == 0 && !_isSampleComplete;

    /// <summary>Peeks at the first byte that is neither white space nor part of a byte order mark.</summary>
    /// <returns>The byte, or -1 if there is none among the first 512.</returns>
    public async ValueTask<int> PeekAsync(CancellationToken cancellationToken)
    {
        int position = 0;
        while (true)
        {
            for (; position < _sampleLength; position++)
            {
                if (_sample[position] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0xEF or 0xBB or 0xBF))
                    return _sample[position];
            }

            if (_hasEnded || _sampleLength == SampleSize) return -1;
            await FillSampleAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the sample holds this many bytes, or the body has ended.</summary>
    public ValueTask PeekAsync(int count, CancellationToken cancellationToken) => PeekAsync(count, static _ => false, cancellationToken);

    /// <summary>Waits until the sample is sufficient, or holds this many bytes, or the body has ended. The sample may grow.</summary>
    public async ValueTask PeekAsync(int maxCount, Func<ReadOnlyMemory<byte>, bool> isSufficient, CancellationToken cancellationToken)
    {
        while (_sampleLength < maxCount && !_hasEnded && !isSufficient(_sample.AsMemory(0, _sampleLength)))
        {
            if (_sampleLength == _sample.Length && _sampleLength > 0) Array.Resize(ref _sample, Math.Min(2 * _sample.Length, maxCount));
            await FillSampleAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Frees the sample, once no error will quote it. Does nothing while some of it has still to be read, or nothing has been received.
    /// </summary>
    public void DropSample()
    {
        if (_sampleRead < _sampleLength || IsEmpty) return;
        _sample = [];
        _sampleLength = _sampleRead = 0;
        _isSampleComplete = true;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Debug.Assert(_sampleRead <= _sampleLength);
        if (_sampleRead < _sampleLength)
        {
            int count = Math.Min(buffer.Length, _sampleLength - _sampleRead);
            _sample.AsMemory(_sampleRead, count).CopyTo(buffer);
            _sampleRead += count;
            return new(count);
        }

        if (_hasEnded) return new(0);
        return _isSampleComplete ? ReadInnerAsync(buffer, cancellationToken) : ReadAndSampleAsync(buffer, cancellationToken);
    }

    private ValueTask<int> ReadInnerAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ValueTask<int> read;
        try
        {
            read = inner.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception exception)
        {
            Failure = exception;
            throw;
        }

        if (!read.IsCompletedSuccessfully) return WaitAsync(read, isWait: !read.IsCompleted);
        watch?.ReadWithoutWaiting();
        return read;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAsync(ValueTask<int> read, bool isWait)
    {
        if (isWait) watch?.BeginWait();
        try
        {
            return await read.ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            Failure = exception;
            throw;
        }
        finally
        {
            if (isWait) watch?.EndWait();
        }
    }

    private async ValueTask FillSampleAsync(CancellationToken cancellationToken)
    {
        Debug.Assert(!_isSampleComplete && _sampleRead == 0);
        if (_sample.Length == 0) _sample = new byte[SampleSize];
        int count = await ReadInnerAsync(_sample.AsMemory(_sampleLength), cancellationToken).ConfigureAwait(false);
        _sampleLength += count;
        _hasEnded = count == 0;
    }

    private async ValueTask<int> ReadAndSampleAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count = await ReadInnerAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (_sample.Length == 0) _sample = new byte[SampleSize];
        int sampled = Math.Min(count, SampleSize - _sampleLength);
        buffer.Span[..sampled].CopyTo(_sample.AsSpan(_sampleLength));
        _sampleLength += sampled;
        _sampleRead = _sampleLength;
        _isSampleComplete = _sampleLength == SampleSize;
        return count;
    }
}
