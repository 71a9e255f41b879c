using System.Buffers;

namespace LlmStream.Transport;

/// <summary>
/// Disposes of responses: keeps the connection for the next request if the answer is complete, closes it at once otherwise.
/// </summary>
internal static class ResponseEnding
{
    /// <summary>How long to wait for the end of the body after the end of the answer.</summary>
    public static readonly TimeSpan MaxWaitForEnd = TimeSpan.FromSeconds(1);

    private const int CloseBufferSize = 16 * 1024;
    private const int DrainBufferSize = 512;

    // With buffers of 16 KiB, 16 MiB: more than the socket buffers of both sides hold, and more than handlers drain by default (1 MiB).
    private const int MaxReads = 1024;

    /// <summary>Disposes of a response.</summary>
    /// <param name="response">The response.</param>
    /// <param name="body">Its body. Nothing else reads it anymore.</param>
    /// <param name="isComplete">Whether the answer is complete, so that at most the end of the body has not arrived.</param>
    /// <param name="time">The clock.</param>
    public static ValueTask EndAsync(HttpResponseMessage response, Stream body, bool isComplete, TimeProvider time) =>
        isComplete ? DrainWithoutWaitingAsync(response, body, time) : CloseConnectionAsync(response, body);

    /// <summary>
    /// Closes the connection of a response that was left early. Disposing of the response is not enough: the handler may read on for
    /// a while to reuse the connection, and the provider would go on generating, and billing. A read that is cancelled while it
    /// waits closes the connection at once, whatever handler is used.
    /// </summary>
    private static async ValueTask CloseConnectionAsync(HttpResponseMessage response, Stream body)
    {
        byte[] buffer = new byte[CloseBufferSize];
        try
        {
            // Bytes that have been received already are returned without waiting, and bytes may arrive before the cancellation takes
            // effect: hence the loop. A read whose token is cancelled before it begins does not close the connection: hence a new
            // token for each read.
            for (int i = 0; i < MaxReads; i++)
            {
                using var cancellation = new CancellationTokenSource();
                ValueTask<int> read = body.ReadAsync(buffer, cancellation.Token);
                if (!read.IsCompleted) await cancellation.CancelAsync().ConfigureAwait(false);
                if (await read.ConfigureAwait(false) == 0) break;
            }
        }
        catch (Exception exception) when (IsReadFailure(exception))
        {
            // Expected: this is how a read ends whose connection is closed.
        }

        await DisposeAsync(response, body).ConfigureAwait(false);
    }

    /// <summary>
    /// Reads to the end of the body, without which the connection cannot be reused: for example, HTTP/1.1 sends an empty chunk after
    /// the end marker. If the end has not arrived yet, draining goes on in the background, for at most <see cref="MaxWaitForEnd"/>.
    /// </summary>
    private static ValueTask DrainWithoutWaitingAsync(HttpResponseMessage response, Stream body, TimeProvider time)
    {
        Task draining = DrainAsync(response, body, time);
        return draining.IsCompleted ? new(draining) : default;
    }

    private static async Task DrainAsync(HttpResponseMessage response, Stream body, TimeProvider time)
    {
        var cancellation = new CancellationTokenSource();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(DrainBufferSize);
        ITimer? timer = null;
        bool isAtEnd = false;
        try
        {
            for (int i = 0; i < MaxReads && !isAtEnd; i++)
            {
                ValueTask<int> read = body.ReadAsync(buffer, cancellation.Token);
                if (!read.IsCompleted) timer ??= CancelAfter(MaxWaitForEnd, cancellation, time);
                isAtEnd = await read.ConfigureAwait(false) == 0;
            }
        }
        catch (Exception exception) when (IsReadFailure(exception))
        {
            // The answer is complete, so nothing is lost; but the connection cannot be reused.
        }

        timer?.Dispose();
        // A read that failed may write to the buffer even now.
        if (isAtEnd) ArrayPool<byte>.Shared.Return(buffer);
        if (isAtEnd) await DisposeAsync(response, body).ConfigureAwait(false);
        else await CloseConnectionAsync(response, body).ConfigureAwait(false);
    }

    /// <summary>Cancels after some time, unless the timer is disposed of before.</summary>
    public static ITimer CancelAfter(TimeSpan delay, CancellationTokenSource cancellation, TimeProvider time) =>
        time.CreateTimer(static state => Cancel((CancellationTokenSource)state!), cancellation, delay, Timeout.InfiniteTimeSpan);

    private static void Cancel(CancellationTokenSource cancellation)
    {
        try
        {
            cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The timer elapsed at the moment at which it was disposed of. An exception in its callback would end the process.
        }
    }

    private static async ValueTask DisposeAsync(HttpResponseMessage response, Stream body)
    {
        await body.DisposeAsync().ConfigureAwait(false);
        response.Dispose();
    }

    private static bool IsReadFailure(Exception exception) =>
        exception is OperationCanceledException or IOException or HttpRequestException
            or InvalidOperationException; // the base of ObjectDisposedException
}
