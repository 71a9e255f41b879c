using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Tests.Serving;

/// <summary>An answer whose deltas the test sends one by one.</summary>
internal sealed class LiveAnswer
{
    private readonly Channel<ChatDelta> _deltas = Channel.CreateUnbounded<ChatDelta>();
    private readonly TaskCompletionSource<CancellationToken> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _length;

    /// <summary>The handler's token, when the relay reads the first delta.</summary>
    public Task<CancellationToken> Started => _started.Task;

    /// <summary>Completes when the relay has ended the enumeration.</summary>
    public Task Ended => _ended.Task;

    public void Send(string text)
    {
        Send(new ChatDelta { Text = text, TextOffset = _length });
        _length += text.Length;
    }

    public void Send(ChatDelta delta) => Assert.True(_deltas.Writer.TryWrite(delta));

    public void Complete()
    {
        Send(new ChatDelta { TextOffset = _length, FinishReason = ChatFinishReason.Stop });
        _deltas.Writer.Complete();
    }

    public void Fail(Exception exception) => _deltas.Writer.Complete(exception);

    public async IAsyncEnumerable<ChatDelta> StreamAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        _started.TrySetResult(cancellationToken);
        try
        {
            await foreach (ChatDelta delta in _deltas.Reader.ReadAllAsync(cancellationToken)) yield return delta;
        }
        finally
        {
            _ended.TrySetResult();
        }
    }
}
