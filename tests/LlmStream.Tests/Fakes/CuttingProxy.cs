using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace LlmStream.Tests.Fakes;

/// <summary>A proxy before a real server, which resets connections after a number of bytes of the response, header included.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Uri _server;
    private readonly Task _accepting;
    private readonly ConcurrentBag<Task> _connections = [];

    public CuttingProxy(Uri server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>After how many bytes to reset the next connections, in order; those after them are left alone.</summary>
    public ConcurrentQueue<int> Cuts { get; } = new();

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}{_server.AbsolutePath}");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _connections.Add(ForwardAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        long left = Cuts.TryDequeue(out int cut) ? cut : long.MaxValue;
        using TcpClient accepted = client;
        using var server = new TcpClient();
        try
        {
            await server.ConnectAsync(_server.Host, _server.Port, _stop.Token);
            Task requests = CopyAsync(client.GetStream(), server.GetStream(), long.MaxValue);
            await CopyAsync(server.GetStream(), client.GetStream(), left);
            if (left < long.MaxValue) client.Client.LingerState = new LingerOption(enable: true, 0);
            client.Close();
            server.Close();
            await requests;
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // One of the two has closed the connection.
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, long left)
    {
        byte[] buffer = new byte[4096];
        try
        {
            int count;
            while (left > 0 && (count = await from.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), _stop.Token)) > 0)
            {
                await to.WriteAsync(buffer.AsMemory(0, count), _stop.Token);
                left -= count;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
        {
            // One of the two has closed the connection.
        }
    }
}
