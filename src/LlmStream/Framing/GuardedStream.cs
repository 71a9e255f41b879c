using System.Runtime.CompilerServices;

namespace LlmStream.Framing;

/// <summary>
/// The stream beneath every framing. It lets the first bytes be looked at before they are read, and keeps a sample of
/// them, so that an error can show what a body began with. Waiting for bytes is watched over.
/// </summary>
/// <remarks>It does not own the stream that it reads, and never closes it.</remarks>
internal sealed class GuardedStream(Stream inner, ReadWatch? watch = null) : ReadOnlyStream
{
    private const int SampleSize = 512;

    private byte[] _sample = [];
    private int _sampleLength;
    private int _replayed;
    private bool _sampleIsDone; // full, or let go of
    private bool _ended;

    /// <summary>The first bytes of the body, at most 512, until they are let go of.</summary>
    public ReadOnlySpan<byte> Sample => _sample.AsSpan(0, _sampleLength);

    /// <summary>Whether anything at all has arrived.</summary>
    public bool IsEmpty => _sampleLength == 0 && !_sampleIsDone;

    /// <summary>
    /// The first byte that is neither white space nor part of a byte order mark, or -1 where the body has none within
    /// the sample. Nothing is taken from the stream.
    /// </summary>
    public async ValueTask<int> PeekAsync(CancellationToken cancellationToken)
    {
        int looked = 0;
        while (true)
        {
            for (; looked < _sampleLength; looked++)
            {
                if (_sample[looked] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0xEF or 0xBB or 0xBF))
                    return _sample[looked];
            }

            if (_ended || _sampleLength == SampleSize) return -1;
            await FillSampleAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the sample holds this many bytes, or the body has ended.</summary>
    public async ValueTask PeekAsync(int count, CancellationToken cancellationToken)
    {
        while (_sampleLength < count && !_ended) await FillSampleAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets go of the sample, which no error is going to show, unless some of it has still to be read.</summary>
    public void DropSample()
    {
        if (_replayed < _sampleLength) return;
        _sample = [];
        _sampleLength = _replayed = 0;
        _sampleIsDone = true;
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_replayed < _sampleLength)
        {
            int count = Math.Min(buffer.Length, _sampleLength - _replayed);
            _sample.AsMemory(_replayed, count).CopyTo(buffer);
            _replayed += count;
            return new(count);
        }

        if (_ended) return new(0);
        return _sampleIsDone ? ReadInnerAsync(buffer, cancellationToken) : ReadAndSampleAsync(buffer, cancellationToken);
    }

    private ValueTask<int> ReadInnerAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        ValueTask<int> read = inner.ReadAsync(buffer, cancellationToken);
        // What is there at once was not waited for.
        return watch is null || read.IsCompleted ? read : WaitAsync(read, watch);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<int> WaitAsync(ValueTask<int> read, ReadWatch watch)
    {
        watch.BeginWait();
        try
        {
            return await read.ConfigureAwait(false);
        }
        finally
        {
            watch.EndWait();
        }
    }

    private async ValueTask FillSampleAsync(CancellationToken cancellationToken)
    {
        if (_sample.Length == 0) _sample = new byte[SampleSize];
        int count = await ReadInnerAsync(_sample.AsMemory(_sampleLength), cancellationToken).ConfigureAwait(false);
        _sampleLength += count;
        _ended = count == 0;
    }

    private async ValueTask<int> ReadAndSampleAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int count = await ReadInnerAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (_sample.Length == 0) _sample = new byte[SampleSize];
        int room = Math.Min(count, SampleSize - _sampleLength);
        buffer.Span[..room].CopyTo(_sample.AsSpan(_sampleLength));
        _sampleLength += room;
        _replayed = _sampleLength;
        _sampleIsDone = _sampleLength == SampleSize;
        return count;
    }
}
