using System.Net.Sockets;

namespace LlmStream.Transport;

/// <summary>The connections that the library makes by itself.</summary>
internal static class HttpHandlers
{
    /// <summary>
    /// A handler as streams want it: no redirect is followed by it, since it would take the key along; nothing is
    /// drained when a stream is left early, so that the provider stops at once; connections are renewed, so that a
    /// changed address is noticed; the time to connect is taken from the options' clock.
    /// </summary>
    public static SocketsHttpHandler Create(TimeProvider time, TimeSpan connectTimeout) => new()
    {
        AllowAutoRedirect = false,
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = Timeout.InfiniteTimeSpan,
        ConnectCallback = (context, cancellationToken) => ConnectAsync(context, time, connectTimeout, cancellationToken),
    };

    private static async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, TimeProvider time, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var timer = new CancellationTokenSource(timeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, linked.Token).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException
            && timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Cancelling closes the socket, which a connect that is just beginning may notice first.
            socket.Dispose();
            throw new ConnectTimeoutException($"No connection to {context.DnsEndPoint.Host}:{context.DnsEndPoint.Port} within {timeout.TotalSeconds:0.###} seconds");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>No connection in time. Never leaves the library: it is translated.</summary>
internal sealed class ConnectTimeoutException(string message) : IOException(message);
