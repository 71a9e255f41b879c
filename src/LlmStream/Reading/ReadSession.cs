using System.Diagnostics;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using LlmStream.Dialects;
using LlmStream.Framing;

namespace LlmStream.Reading;

/// <summary>The read loop: reads the frames of one stream, has them decoded, and gives the verdict at the end.</summary>
internal sealed class ReadSession : IAsyncDisposable
{
    private readonly GuardedStream _stream;
    private readonly ChatReadOptions _options;
    private readonly WebSocket? _socket;
    private readonly FramingStatistics? _framing;
    private FrameReader? _frames;
    private bool _hasEnded; // the decoder was told that the answer does not go on
    private ValueTask<Verdict?>? _outcome; // how the stream ended in TryStep, until StepAsync returns it

    /// <summary>Creates a session that reads a stream.</summary>
    /// <param name="stream">The stream. It is left open.</param>
    /// <param name="dialect">The format of the stream.</param>
    /// <param name="options">The options.</param>
    /// <param name="watch">Watches the waits for the stream; or null.</param>
    /// <param name="framing">Counts what the framing sees, for an inspection; or null.</param>
    /// <param name="decoding">Observes the decoding, for an inspection; or null.</param>
    public ReadSession(
        Stream stream,
        ChatDialect dialect,
        ChatReadOptions options,
        ReadWatch? watch = null,
        FramingStatistics? framing = null,
        IDecodingObserver? decoding = null)
    {
        _stream = new GuardedStream(stream, watch);
        _options = options;
        _framing = framing;
        Decoder = dialect.CreateDecoder(options, decoding);
    }

    /// <summary>Creates a session that reads the replay of an answer with the decoder of its beginning.</summary>
    public ReadSession(Stream stream, ChatDecoder decoder, ChatReadOptions options, ReadWatch? watch)
    {
        _stream = new GuardedStream(stream, watch);
        _options = options;
        Decoder = decoder;
    }

    /// <summary>Creates a session that reads one answer from a WebSocket, which may carry several.</summary>
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

    /// <summary>Whether a replay will be requested if the stream breaks off and the provider keeps the answer.</summary>
    public bool MayBeReplayed { get; init; }

    /// <summary>The position in the stream that the server keeps; null if it keeps none.</summary>
    public ReplayCursor? Cursor { get; init; }

    /// <summary>The same; null also if the position is not known, as in framings other than event streams.</summary>
    public ReplayCursor? KnownCursor => _frames is null or { Position: not null } ? Cursor : null;

    /// <summary>Whether no byte has been received.</summary>
    public bool IsEmpty => _stream.IsEmpty;

    /// <summary>
    /// Whether the answer goes on in a replay if the stream ends now. Then the decoder keeps its state: text that is held back waits
    /// for the replay.
    /// </summary>
    public bool IsPaused =>
        !_hasEnded && MayBeReplayed && Decoder is { IsComplete: false, Fault: null, HasFailed: false, Malformed: null }
        && (Decoder.ReplayPoint is not null || KnownCursor is not null);

    /// <summary>Decodes one frame if it has been received already. Never throws, and runs no state machine.</summary>
    /// <returns>
    /// Whether it did, and the stream goes on. Otherwise <see cref="StepAsync"/> must be called after the deltas have been taken: it reads
    /// on, or returns how the stream ended.
    /// </returns>
    public bool TryStep(CancellationToken cancellationToken)
    {
        if (_frames is null || _outcome is not null || cancellationToken.IsCancellationRequested) return false;
        try
        {
            if (!_frames.TryRead()) return false;
            MoveCursor();
            if (!Decoder.MustStop) return true;
            _outcome = new(End());
        }
        catch (Exception exception)
        {
            _outcome = FailAsync(exception, cancellationToken);
        }

        return false;
    }

    /// <summary>Reads and decodes one frame.</summary>
    /// <returns>Null if the stream goes on; else how it ended. Then there must be no further step.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public ValueTask<Verdict?> StepAsync(CancellationToken cancellationToken)
    {
        if (TryStep(cancellationToken)) return default;
        if (_outcome is { } outcome)
        {
            _outcome = null;
            return outcome;
        }

        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_frames is null)
            {
                ValueTask<FrameReader> opening = FrameReader.OpenAsync(
                    _stream, Decoder.Dialect.Framing, _options.MaxEventBytes, Decoder, _framing, cancellationToken);
                if (!opening.IsCompletedSuccessfully) return OpenAndStepAsync(opening, cancellationToken);
                _frames = opening.Result;
            }

            // An error quotes the beginning of the body only if it is not an event stream of this dialect.
            if (Decoder.HasUnderstood && _frames is SseFrameReader) _stream.DropSample();
            ValueTask<bool> read = _frames.ReadAsync(cancellationToken);
            return read.IsCompletedSuccessfully ? new(AfterRead(read.Result)) : StepSlowAsync(read, cancellationToken);
        }
        catch (Exception exception)
        {
            return FailAsync(exception, cancellationToken);
        }
    }

    /// <summary>Waits for the first bytes, and takes the first step.</summary>
    private async ValueTask<Verdict?> OpenAndStepAsync(ValueTask<FrameReader> opening, CancellationToken cancellationToken)
    {
        try
        {
            _frames = await opening.ConfigureAwait(false);
            return AfterRead(await _frames.ReadAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return Fail(exception, cancellationToken);
        }
    }

    /// <summary>Waits for a read, which most steps need not do. Small, since a stream holds its state while it waits.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Verdict?> StepSlowAsync(ValueTask<bool> read, CancellationToken cancellationToken)
    {
        try
        {
            return AfterRead(await read.ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return Fail(exception, cancellationToken);
        }
    }

    /// <param name="read">Whether a frame was read.</param>
    private Verdict? AfterRead(bool read)
    {
        if (read) MoveCursor();
        return read && !Decoder.MustStop ? null : End();
    }

    /// <summary>The verdict when the read was cancelled because a time budget was used up, or by the caller.</summary>
    /// <param name="cause">The exception of the timeout; or the caller's cancellation, which is thrown.</param>
    public Verdict Interrupt(Exception cause)
    {
        EndStream();
        return Verdict.AtInterruption(cause, Decoder);
    }

    /// <summary>Moves the cursor to the end of the event that was handled; not if it is one that was cut.</summary>
    private void MoveCursor()
    {
        if (Cursor is not null && !Decoder.HasCutEvent && _frames!.Position is { } position) Cursor.MoveTo(position);
    }

    private Verdict End()
    {
        // The end of the body may be what completes the answer.
        if (Decoder.IsCompleteAtEnd) _hasEnded = true;
        EndStream();
        return Verdict.AtEnd(Decoder, _stream);
    }

    // Async, so that the exception is thrown when the result is awaited.
    private async ValueTask<Verdict?> FailAsync(Exception exception, CancellationToken cancellationToken)
    {
        if (exception is OperationCanceledException && cancellationToken.IsCancellationRequested) ExceptionDispatchInfo.Throw(exception);
        return Fail(exception, cancellationToken);
    }

    private Verdict Fail(Exception exception, CancellationToken cancellationToken)
    {
        // Streams may report the cancellation of a read as another exception, such as that they are closed.
        if (cancellationToken.IsCancellationRequested) throw StreamFailure.Canceled(exception, cancellationToken);
        try
        {
            EndStream();
        }
        catch (Exception second) when (second is not OperationCanceledException)
        {
            // The first failure counts. What had arrived is in the answer.
        }

        return Verdict.AtFailure(exception, Decoder, _stream);
    }

    private void EndStream()
    {
        if (IsPaused) return;
        _hasEnded = true;
        Decoder.EndStream();
    }

    public ValueTask DisposeAsync()
    {
        ValueTask closing = _frames?.DisposeAsync() ?? default;
        if (!closing.IsCompletedSuccessfully) return DisposeAsync(closing);
        Release();
        return default;
    }

    private async ValueTask DisposeAsync(ValueTask closing)
    {
        await closing.ConfigureAwait(false);
        Release();
    }

    private void Release()
    {
        _stream.Dispose();
        // A replay continues with the decoder.
        if (!IsPaused) Decoder.Answer.Release();

        // Messages of this answer that are still to come would be read as the beginning of the next one.
        bool isAtEnd = Decoder.IsDone || Decoder.Fault is not null;
        if (!isAtEnd && _socket?.State is WebSocketState.Open or WebSocketState.CloseSent) _socket!.Abort();
    }
}
