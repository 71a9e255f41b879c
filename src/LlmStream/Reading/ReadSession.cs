using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using LlmStream.Dialects;
using LlmStream.Framing;

namespace LlmStream.Reading;

/// <summary>One reading of one stream: the frames on one side, the decoder on the other, and the verdict at the end.</summary>
internal sealed class ReadSession : IAsyncDisposable
{
    private readonly GuardedStream _stream;
    private readonly ChatReadOptions _options;
    private readonly WebSocket? _socket;
    private readonly FramingStatistics? _framing;
    private readonly bool _isInspected;
    private FrameReader? _frames;

    public ReadSession(Stream stream, ChatDialect dialect, ChatReadOptions options, ReadWatch? watch = null, FramingStatistics? framing = null, IDecodingObserver? decoding = null)
    {
        _stream = new GuardedStream(stream, watch);
        _options = options;
        _framing = framing;
        _isInspected = decoding is not null;
        Decoder = dialect.CreateDecoder(options, decoding);
    }

    /// <summary>Reads on where another stream of the same answer broke off.</summary>
    public ReadSession(Stream stream, ChatDecoder decoder, ChatReadOptions options, ReadWatch? watch)
    {
        _stream = new GuardedStream(stream, watch);
        _options = options;
        Decoder = decoder;
    }

    /// <summary>Reads one answer of a connection that may carry several.</summary>
    public ReadSession(WebSocket socket, ChatDialect dialect, ChatReadOptions options)
    {
        var messages = new WebSocketBytes(socket);
        _socket = socket;
        _stream = new GuardedStream(messages);
        _options = options;
        Decoder = dialect.CreateDecoder(options, observer: null);
        _frames = new WebSocketFrameReader(_stream, messages, options.MaxEventBytes, Decoder);
    }

    public ChatDecoder Decoder { get; }

    /// <summary>How many events were found in the short way; for tests.</summary>
    public int PlainEvents => (_frames as SseFrameReader)?.PlainEvents ?? 0;

    /// <summary>Whether somebody is going to ask for the rest of a stream that breaks off, where the provider keeps it.</summary>
    public bool MayBeReplayed { get; init; }

    /// <summary>Whether the answer is not at its end, though the stream may be: what is held back for its other half waits for it.</summary>
    public bool IsPaused => MayBeReplayed && !Decoder.IsComplete && Decoder.Fault is null && Decoder.Malformed is null && Decoder.ReplayPoint is not null;

    /// <summary>Reads one frame on.</summary>
    /// <returns>Null, or how the reading ended.</returns>
    /// <exception cref="OperationCanceledException">The reading was cancelled.</exception>
    public ValueTask<Verdict?> StepAsync(CancellationToken cancellationToken)
    {
        if (_frames is null || cancellationToken.IsCancellationRequested) return ReadOnAsync(cancellationToken);
        try
        {
            // What has been read already takes no state machine.
            if (!_frames.TryRead()) return ReadOnAsync(cancellationToken);
            return Decoder.MustStop ? new(End()) : default;
        }
        catch (Exception exception)
        {
            return FailAsync(exception, cancellationToken);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Verdict?> ReadOnAsync(CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            _frames ??= await FrameReader.OpenAsync(
                _stream, _options.MaxEventBytes, Decoder, _framing, _options.UseFastPath, cancellationToken).ConfigureAwait(false);
            // Of an event stream that is one of this dialect no error shows the beginning.
            if (Decoder.HasUnderstood && _frames is SseFrameReader) _stream.DropSample();
            bool read = await _frames.ReadAsync(cancellationToken).ConfigureAwait(false);
            return read && !Decoder.MustStop ? null : End();
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return Fail(exception, cancellationToken);
        }
    }

    private Verdict End()
    {
        EndStream();
        return Verdict.AtEnd(Decoder, _stream);
    }

    /// <summary>So that what it throws is thrown where it is awaited.</summary>
    private async ValueTask<Verdict?> FailAsync(Exception exception, CancellationToken cancellationToken) => Fail(exception, cancellationToken);

    private Verdict Fail(Exception exception, CancellationToken cancellationToken)
    {
        // A stream may answer a cancelled read by breaking, or by being closed.
        if (cancellationToken.IsCancellationRequested) throw new OperationCanceledException("The reading was cancelled.", exception, cancellationToken);
        EndStream();
        return Verdict.AtFailure(exception, Decoder, _stream);
    }

    /// <summary>The verdict when the reading was interrupted from outside, because time ran out. A signal that came before counts.</summary>
    public Verdict Interrupt(Exception cause)
    {
        EndStream();
        return Verdict.AtInterruption(cause, Decoder);
    }

    private void EndStream()
    {
        if (!IsPaused) Decoder.EndStream();
    }

    public async ValueTask DisposeAsync()
    {
        if (_frames is not null) await _frames.DisposeAsync().ConfigureAwait(false);
        // An inspection looks at the decoder afterwards, and a replay goes on with it.
        if (!_isInspected && !IsPaused) Decoder.Answer.Release();

        // What is still to come of this answer would be taken for the beginning of the next one.
        bool isAtItsEnd = Decoder.IsDone || Decoder.Fault is not null;
        if (!isAtItsEnd && _socket?.State is WebSocketState.Open or WebSocketState.CloseSent) _socket!.Abort();
    }
}
