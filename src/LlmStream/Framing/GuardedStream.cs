using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace LlmStream.Framing;

/// <summary>
/// The stream that every frame reader reads. Its first bytes can be peeked at, and a sample of them is kept so that an error can quote
/// the start of the body. Time spent waiting for bytes is reported to a <see cref="ReadWatch"/>.
/// </summary>
/// <remarks>
/// It does not own the stream that it reads, and never closes it; disposing of it returns the memory of the sample. Invariants:
/// <c>_sample[.._sampleLength]</c> is the start of the body, until it is dropped; of these bytes the first <c>_sampleRead</c> have been
/// returned by reads, and nothing after them.
/// </remarks>
internal sealed class GuardedStream(Stream inner, ReadWatch? watch = null) : ReadOnlyStream
{
    private const int SampleSize = 512;

    private byte[] _sample = []; // rented
    private int _sampleSize = SampleSize; // how much of it is used at most
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
    public ValueTask<int> PeekAsync(CancellationToken cancellationToken)
    {
        int position = 0, first;
        while (!TryPeek(ref position, out first))
        {
            ValueTask filling = FillSampleAsync(cancellationToken);
            if (!filling.IsCompletedSuccessfully) return PeekSlowAsync(filling, position, cancellationToken);
        }

        return new(first);
    }

    /// <summary>Waits until the sample holds this many bytes, or the body has ended.</summary>
    public ValueTask PeekAsync(int count, CancellationToken cancellationToken) => PeekAsync(count, static _ => false, cancellationToken);

    /// <summary>Waits until the sample is sufficient, or holds this many bytes, or the body has ended. The sample may grow.</summary>
    public async ValueTask PeekAsync(int maxCount, Func<ReadOnlyMemory<byte>, bool> isSufficient, CancellationToken cancellationToken)
    {
        while (_sampleLength < maxCount && !_hasEnded && !isSufficient(_sample.AsMemory(0, _sampleLength)))
        {
            if (_sampleLength == _sampleSize) GrowSample(Math.Min(2 * _sampleSize, maxCount));
            await FillSampleAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Frees the sample, once no error will quote it. Does nothing while some of it has still to be read, or nothing has been received.
    /// </summary>
    public void DropSample()
    {
        if (_sampleRead == _sampleLength && !IsEmpty) FreeSample();
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

    protected override void Dispose(bool disposing)
    {
        FreeSample();
        base.Dispose(disposing);
    }

    private void FreeSample()
    {
        _isSampleComplete |= !IsEmpty;
        // A read that failed may write to it even now.
        if (_sample.Length > 0 && Failure is null) ArrayPool<byte>.Shared.Return(_sample);
        _sample = [];
        _sampleLength = _sampleRead = 0;
    }

    private void GrowSample(int size)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(size);
        Sample.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_sample);
        _sample = larger;
        _sampleSize = size;
    }

    /// <returns>Whether the first byte is known, or that there is no such byte.</returns>
    private bool TryPeek(ref int position, out int first)
    {
        for (; position < _sampleLength; position++)
        {
            first = _sample[position];
            if (first is not (' ' or '\t' or '\r' or '\n' or 0xEF or 0xBB or 0xBF)) return true;
        }

        first = -1;
        return _hasEnded || _sampleLength == SampleSize;
    }

    private async ValueTask<int> PeekSlowAsync(ValueTask filling, int position, CancellationToken cancellationToken)
    {
        int first;
        await filling.ConfigureAwait(false);
        while (!TryPeek(ref position, out first)) await FillSampleAsync(cancellationToken).ConfigureAwait(false);
        return first;
    }

    private ValueTask FillSampleAsync(CancellationToken cancellationToken)
    {
        Debug.Assert(!_isSampleComplete && _sampleRead == 0);
        if (_sample.Length == 0) _sample = ArrayPool<byte>.Shared.Rent(SampleSize);
        ValueTask<int> read = ReadInnerAsync(_sample.AsMemory(_sampleLength, _sampleSize - _sampleLength), cancellationToken);
        if (!read.IsCompletedSuccessfully) return FillSampleAsync(read);
        Fill(read.Result);
        return default;
    }

    private async ValueTask FillSampleAsync(ValueTask<int> read) => Fill(await read.ConfigureAwait(false));

    private void Fill(int count)
    {
        _sampleLength += count;
        _hasEnded = count == 0;
    }

    private ValueTask<int> ReadAndSampleAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ValueTask<int> read = ReadInnerAsync(buffer, cancellationToken);
        return read.IsCompletedSuccessfully ? new(AddToSample(buffer.Span[..read.Result])) : ReadAndSampleAsync(read, buffer);
    }

    private async ValueTask<int> ReadAndSampleAsync(ValueTask<int> read, Memory<byte> buffer)
    {
        int count = await read.ConfigureAwait(false);
        return AddToSample(buffer.Span[..count]);
    }

    /// <returns>The number of bytes that were read.</returns>
    private int AddToSample(ReadOnlySpan<byte> bytes)
    {
        if (_sample.Length == 0) _sample = ArrayPool<byte>.Shared.Rent(SampleSize);
        int sampled = Math.Min(bytes.Length, SampleSize - _sampleLength);
        bytes[..sampled].CopyTo(_sample.AsSpan(_sampleLength));
        _sampleLength += sampled;
        _sampleRead = _sampleLength;
        _isSampleComplete = _sampleLength == SampleSize;
        return bytes.Length;
    }
}
