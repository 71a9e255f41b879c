using LlmStream.Relay;

namespace LlmStream.Redis.Reading;

/// <summary>Lets readers that are at the same position share one call of the server.</summary>
/// <remarks>
/// A reader must get what was stored before it asked. So it takes the result of a call that was already under way only if no message has
/// come since, and if there is something new for it; else it takes that of the next.
/// </remarks>
internal sealed class SharedReads
{
    private readonly object _lock = new();
    private Call? _last;
    private long _calls;
    private long _messages;

    /// <summary>Notes a message about the stream. Calls that are under way may have missed what it is about.</summary>
    public void Signalled()
    {
        lock (_lock) _messages++;
    }

    /// <summary>Reads a page.</summary>
    /// <param name="after">The position after which to read.</param>
    /// <param name="maxBytes">The size of the page.</param>
    /// <param name="read">Calls the server.</param>
    /// <param name="cancellationToken">Cancels waiting for the call, not the call.</param>
    /// <returns>The page, and whether another reader has made the call.</returns>
    public async ValueTask<(ChatStreamPage Page, bool IsShared)> ReadAsync(
        ChatStreamPosition after, int maxBytes, Func<Task<ChatStreamPage>> read, CancellationToken cancellationToken)
    {
        long calls, messages;
        lock (_lock)
        {
            calls = _calls;
            messages = _messages;
        }

        while (true)
        {
            Call call;
            bool isShared;
            lock (_lock)
            {
                bool mayJoin = _last is { } last && last.After == after && last.MaxBytes == maxBytes
                    && (last.Number > calls || (!last.Page.IsCompleted && last.Messages == messages));
                isShared = mayJoin;
                if (!mayJoin) _last = new Call(++_calls, _messages, after, maxBytes, read());
                call = _last!;
            }

            ChatStreamPage page = await call.Page.WaitAsync(cancellationToken).ConfigureAwait(false);
            lock (_lock)
            {
                if (ReferenceEquals(_last, call) && page.Records.Count > 0) _last = null; // the page is not kept
            }

            if (call.Number > calls || page.Gap is not null || page.Records.Count > 0 || page.End is not null) return (page, isShared);
        }
    }

    private sealed record Call(long Number, long Messages, ChatStreamPosition After, int MaxBytes, Task<ChatStreamPage> Page);
}
