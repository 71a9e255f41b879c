using LlmStream.Dialects;
using LlmStream.Framing;

namespace LlmStream.Reading;

/// <summary>One reading of one stream: the frames on one side, the decoder on the other, and the verdict at the end.</summary>
internal sealed class ReadSession : IAsyncDisposable
{
    private readonly GuardedStream _stream;
    private readonly ChatReadOptions _options;
    private FrameReader? _frames;

    public ReadSession(Stream stream, ChatDialect dialect, ChatReadOptions options, ReadWatch? watch = null, bool keepCensus = false)
    {
        _stream = new GuardedStream(stream, watch);
        _options = options;
        if (keepCensus)
        {
            FramingCensus = new FramingCensus();
            DecodingCensus = new DecodingCensus();
        }

        Decoder = dialect.CreateDecoder(options, DecodingCensus);
    }

    public ChatDecoder Decoder { get; }

    public FramingCensus? FramingCensus { get; }

    public DecodingCensus? DecodingCensus { get; }

    /// <summary>Reads one frame on.</summary>
    /// <returns>Null, or how the reading ended.</returns>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public async ValueTask<Verdict?> StepAsync(CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            _frames ??= await FrameReader.OpenAsync(_stream, _options.MaxEventBytes, Decoder, FramingCensus, cancellationToken).ConfigureAwait(false);
            bool read = await _frames.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (read && !Decoder.MustStop) return null;
            Decoder.EndStream();
            return Verdict.AtEnd(Decoder, _stream);
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested && exception is not OperationCanceledException)
        {
            // A stream may answer a cancelled read by breaking, or by being closed.
            throw new OperationCanceledException("The reading was cancelled.", exception, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Decoder.EndStream();
            return Verdict.AtFailure(exception, Decoder, _stream);
        }
    }

    /// <summary>The verdict when the reading was interrupted from outside, because time ran out. A signal that came before counts.</summary>
    public Verdict Interrupt(Exception cause)
    {
        Decoder.EndStream();
        return Verdict.AtInterruption(cause, Decoder);
    }

    public async ValueTask DisposeAsync()
    {
        if (_frames is not null) await _frames.DisposeAsync().ConfigureAwait(false);
    }
}
