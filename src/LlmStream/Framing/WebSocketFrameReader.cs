using System.Text;

namespace LlmStream.Framing;

/// <summary>Reads the messages of a WebSocket (RFC 6455). Each is a frame, in however many fragments it arrives, text or binary.</summary>
/// <remarks>
/// Invariant: <see cref="FrameReader.Received"/> holds what has been received of the current message, and nothing else. No one has peeked
/// at <paramref name="stream"/>, so each of its reads is one of <paramref name="socket"/>, which then tells whether a message ended.
/// </remarks>
internal sealed class WebSocketFrameReader(
    GuardedStream stream, WebSocketBytes socket, int maxFrameBytes, FrameHandler handler, IFramingObserver? observer = null)
    : FrameReader(stream, maxFrameBytes, handler, observer)
{
    private readonly GuardedStream _stream = stream;

    public override bool TryRead() => false;

    public override async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = await _stream.ReadAsync(Received.GetRoom(), cancellationToken).ConfigureAwait(false);
            Received.Commit(count);
            if (socket.IsClosed)
            {
                EmitClose();
                return false;
            }

            if (Received.Unread.Length > MaxFrameBytes)
                throw new FramingException(FramingError.TooLarge, $"A message is larger than {MaxFrameBytes} bytes");
            if (!socket.IsAtMessageEnd) continue;
            EmitMessage(isUnterminated: false);
            return true;
        }
    }

    /// <summary>Emits an incomplete message, if any, and the reason for closing: it may be all that a server says about an error.</summary>
    private void EmitClose()
    {
        if (!Received.Unread.IsEmpty) EmitMessage(isUnterminated: true);
        if (socket.CloseReason is { Length: > 0 } reason)
            Emit(FrameKind.Bare, Frame.DefaultEventType, Encoding.UTF8.GetBytes(reason), isUnterminated: false);
    }

    private void EmitMessage(bool isUnterminated)
    {
        ReadOnlySpan<byte> message = Received.Unread;
        Received.Consume(message.Length);
        Emit(FrameKind.Event, Frame.DefaultEventType, message, isUnterminated);
    }
}
