namespace LlmStream.Transport;

/// <summary>How one takes leave of a response: its connection is kept where that costs nothing, and closed at once where it does not.</summary>
internal static class ResponseEnding
{
    /// <summary>How long the end of a body may take to come after the end of the answer in it.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private const int BufferSize = 16 * 1024;

    // 16 MB: more than the kernels of both sides hold, and than a handler of anybody's drains by default (1 MB).
    private const int MaxReads = 1024;

    /// <summary>Disposes of a response.</summary>
    /// <param name="response">The response.</param>
    /// <param name="body">Its body. Nobody reads it any more.</param>
    /// <param name="isComplete">Whether the answer is complete, so that of the body at most its end is missing.</param>
    /// <param name="time">The clock.</param>
    public static ValueTask EndAsync(HttpResponseMessage response, Stream body, bool isComplete, TimeProvider time) =>
        isComplete ? FinishAsync(response, body, time) : BreakOffAsync(response, body);

    /// <summary>
    /// Closes the connection under a response that is left early. Disposing of it would read on for a while, in the
    /// hope of using the connection again, and the provider would go on writing, and billing. A read that is
    /// cancelled while it waits closes the connection at once, whoever made the handler.
    /// </summary>
    private static async ValueTask BreakOffAsync(HttpResponseMessage response, Stream body)
    {
        byte[] rest = new byte[BufferSize];
        try
        {
            // What has been received already comes without waiting; and bytes may overtake the cancellation. A read with a
            // token that is cancelled before it begins would leave the connection as it is: hence a new one each time.
            for (int i = 0; i < MaxReads; i++)
            {
                using var cancellation = new CancellationTokenSource();
                ValueTask<int> read = body.ReadAsync(rest, cancellation.Token);
                if (!read.IsCompleted) await cancellation.CancelAsync().ConfigureAwait(false);
                if (await read.ConfigureAwait(false) == 0) break;
            }
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            // That is how it looks when the connection is closed.
        }

        await DisposeAsync(response, body).ConfigureAwait(false);
    }

    /// <summary>
    /// Reads to the end of the body, without which the connection cannot be used again: after <c>[DONE]</c> there is
    /// still the empty chunk. Where that is not there yet, the caller does not wait for it, and nobody does for long.
    /// </summary>
    private static ValueTask FinishAsync(HttpResponseMessage response, Stream body, TimeProvider time)
    {
        Task finishing = DrainAsync(response, body, time);
        return finishing.IsCompleted ? new(finishing) : default;
    }

    private static async Task DrainAsync(HttpResponseMessage response, Stream body, TimeProvider time)
    {
        var cancellation = new CancellationTokenSource();
        byte[] rest = new byte[512];
        ITimer? timer = null;
        bool isAtEnd = false;
        try
        {
            for (int i = 0; i < MaxReads && !isAtEnd; i++)
            {
                ValueTask<int> read = body.ReadAsync(rest, cancellation.Token);
                if (!read.IsCompleted)
                    timer ??= time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), cancellation, Grace, Timeout.InfiniteTimeSpan);
                isAtEnd = await read.ConfigureAwait(false) == 0;
            }
        }
        catch (Exception exception) when (IsBroken(exception))
        {
            // Nothing of the answer is missing.
        }

        timer?.Dispose();
        if (isAtEnd) await DisposeAsync(response, body).ConfigureAwait(false);
        else await BreakOffAsync(response, body).ConfigureAwait(false);
    }

    private static async ValueTask DisposeAsync(HttpResponseMessage response, Stream body)
    {
        await body.DisposeAsync().ConfigureAwait(false);
        response.Dispose();
    }

    private static bool IsBroken(Exception exception) =>
        exception is OperationCanceledException or IOException or HttpRequestException or ObjectDisposedException or InvalidOperationException;
}
