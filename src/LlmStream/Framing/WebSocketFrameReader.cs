using System.Buffers;
using System.Text;

namespace LlmStream.Framing;

/// <summary>Messages of a WebSocket (RFC 6455): each is a frame, in however many fragments it comes, as text or as bytes.</summary>
/// <remarks>
/// Invariant: <c>_buffer[.._length]</c> is what has come of the message in hand. Nothing peeks at <paramref name="stream"/>,
/// so that each of its reads is one of <paramref name="socket"/>, which then says whether a message ended in it.
/// </remarks>
internal sealed class WebSocketFrameReader(GuardedStream stream, WebSocketBytes socket, int maxFrameBytes, IFrameHandler handler) : FrameReader
{
    private const int FirstBufferSize = 4096;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBufferSize);
    private int _length;

    public override async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_length == _buffer.Length) Grow();
            _length += await stream.ReadAsync(_buffer.AsMemory(_length), cancellationToken).ConfigureAwait(false);
            if (socket.IsClosed) return HandleClosing();
            if (_length > maxFrameBytes) throw new FramingException(FramingError.TooLarge, $"A message is larger than {maxFrameBytes} bytes");
            if (!socket.IsAtMessageEnd) continue;
            Handle(isUnterminated: false);
            return true;
        }
    }

    public override ValueTask DisposeAsync()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        _length = 0;
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        return default;
    }

    /// <summary>A message may be left without its end, and the reason for which a server closes may be all that it says.</summary>
    /// <returns>False: nothing more comes.</returns>
    private bool HandleClosing()
    {
        if (_length > 0) Handle(isUnterminated: true);
        if (socket.ClosingWords is { Length: > 0 } words)
            handler.Handle(new Frame(FrameKind.Bare, Frame.DefaultEventType, Encoding.UTF8.GetBytes(words), isUnterminated: false));
        return false;
    }

    private void Handle(bool isUnterminated)
    {
        int length = _length;
        _length = 0;
        handler.Handle(new Frame(FrameKind.Event, Frame.DefaultEventType, _buffer.AsSpan(0, length), isUnterminated));
    }

    private void Grow()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
