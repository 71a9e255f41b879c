using System.Net.Sockets;

namespace LlmStream.Transport;

/// <summary>Creates the HTTP handlers of clients that own their connections.</summary>
internal static class HttpHandlers
{
    private const string StreamingOption = "WebAssemblyEnableStreamingResponse";

    // Connections are replaced after this time, so that a changed DNS entry takes effect.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Creates a handler for streams. It follows no redirects, because it would send the API key along. It does not drain a response
    /// that is disposed of early, so that the provider stops generating. It applies the time budget with the clock of the options.
    /// </summary>
    public static SocketsHttpHandler Create(TimeProvider time, TimeSpan connectTimeout) => new()
    {
        AllowAutoRedirect = false,
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = ConnectionLifetime,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = Timeout.InfiniteTimeSpan,
        ConnectCallback = (context, cancellationToken) => ConnectAsync(context, time, connectTimeout, cancellationToken),
    };

    /// <summary>
    /// Creates the handler of a client that owns its connections. A browser makes them itself, so that nothing of them can be set.
    /// </summary>
    public static HttpMessageHandler CreateForPlatform(TimeProvider time, TimeSpan connectTimeout) =>
        OperatingSystem.IsBrowser() ? new HttpClientHandler { AllowAutoRedirect = false } : Create(time, connectTimeout);

    /// <summary>
    /// Has the body of the response streamed. In a browser .NET 8 reads it to its end first, unless it is told not to; later versions
    /// stream by default. Other platforms ignore the option.
    /// </summary>
    public static void PrepareRequest(HttpRequestMessage request)
    {
        // learn.microsoft.com/dotnet/core/compatibility/networking/10.0/default-http-streaming
        if (OperatingSystem.IsBrowser()) request.Options.Set(new HttpRequestOptionsKey<bool>(StreamingOption), value: true);
    }

    private static async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context, TimeProvider time, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var timer = new CancellationTokenSource(Timers.Step(timeout), time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, linked.Token).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException
            && timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Cancelling closes the socket, so that a connect which is just starting may fail with one of the other two exceptions.
            socket.Dispose();
            throw new ConnectTimeoutException(context.DnsEndPoint.Host, context.DnsEndPoint.Port, timeout);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
