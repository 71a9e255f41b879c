using System.Net.WebSockets;
using System.Text;

namespace LlmStream.Tests.Fakes;

/// <summary>A WebSocket that receives what a test says: messages in fragments, then silence, a close, or a broken connection.</summary>
internal sealed class ScriptedSocket(params string[] messages) : WebSocket
{
    private readonly Queue<(byte[] Bytes, bool IsEnd)> _fragments = new(messages.Select(message => (Encoding.UTF8.GetBytes(message), true)));
    private readonly TaskCompletionSource _silence = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebSocketState _state = WebSocketState.Open;
    private string? _closing;

    /// <summary>The largest fragment that one receive gives out.</summary>
    public int FragmentSize { get; init; } = int.MaxValue;

    public string? Closes { get; init; }

    /// <summary>Whether the last message never ends.</summary>
    public bool LeavesLastMessageOpen { get; init; }

    public int Receives { get; private set; }

    public Exception? Breaks { get; init; }

    public Task IsSilent => _silence.Task;

    public bool IsAborted { get; private set; }

    public override WebSocketCloseStatus? CloseStatus => _closing is null ? null : WebSocketCloseStatus.InternalServerError;

    public override string? CloseStatusDescription => _closing;

    public override WebSocketState State => _state;

    public override string? SubProtocol => null;

    public override void Abort()
    {
        IsAborted = true;
        _state = WebSocketState.Aborted;
    }

    public override async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        Receives++;
        if (_fragments.TryPeek(out (byte[] Bytes, bool IsEnd) fragment))
        {
            int count = Math.Min(Math.Min(buffer.Length, FragmentSize), fragment.Bytes.Length);
            fragment.Bytes.AsMemory(0, count).CopyTo(buffer);
            _fragments.Dequeue();
            bool isEnd = count == fragment.Bytes.Length;
            if (!isEnd)
            {
                (byte[] Bytes, bool IsEnd)[] rest = [(fragment.Bytes[count..], true), .. _fragments];
                _fragments.Clear();
                foreach ((byte[] Bytes, bool IsEnd) item in rest) _fragments.Enqueue(item);
            }

            return new(count, WebSocketMessageType.Text, isEnd && !(LeavesLastMessageOpen && _fragments.Count == 0));
        }

        if (Breaks is not null) throw Breaks;
        if (Closes is not null)
        {
            _closing = Closes;
            _state = WebSocketState.CloseReceived;
            return new(0, WebSocketMessageType.Close, true);
        }

        _silence.TrySetResult();
        await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        throw new InvalidOperationException("unreachable");
    }

    // The build for .NET Standard has only this method.
    public override async Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
    {
        ValueWebSocketReceiveResult result = await ReceiveAsync(buffer.AsMemory(), cancellationToken);
        return new WebSocketReceiveResult(result.Count, result.MessageType, result.EndOfMessage);
    }

    public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => throw new InvalidOperationException("The socket is the caller's.");

    public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => throw new InvalidOperationException("The socket is the caller's.");

    public override void Dispose() => throw new InvalidOperationException("The socket is the caller's.");

    public override Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) => throw new InvalidOperationException("Nothing is sent.");
}
