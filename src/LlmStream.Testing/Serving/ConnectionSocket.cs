using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace LlmStream.Testing.Serving;

/// <summary>
/// The socket of a connection. Kestrel flushes into a pipe, from which another task sends later. This class replaces that pipe with one
/// that writes to the socket directly, so that when a flush has completed, the kernel has the bytes.
/// </summary>
internal sealed class ConnectionSocket(Socket socket)
{
    private const int BufferSize = 16 * 1024;

    // From Linux' <netinet/in.h> and <linux/tcp.h>: IPPROTO_TCP, TCP_INFO, and the offsets of tcpi_unacked and tcpi_notsent_bytes in
    // struct tcp_info.
    private const int IpProtocolTcp = 6;
    private const int TcpInfo = 11;
    private const int UnacknowledgedOffset = 24;
    private const int UnsentOffset = 144;

    /// <summary>Connection middleware that adds a <see cref="ConnectionSocket"/> to the features of each connection.</summary>
    public static ConnectionDelegate UseMiddleware(ConnectionDelegate next) => async connection =>
    {
        Socket socket = connection.Features.Get<IConnectionSocketFeature>()!.Socket;
        IDuplexPipe original = connection.Transport;
        using var stream = new NetworkStream(socket, ownsSocket: false);
        connection.Features.Set(new ConnectionSocket(socket));
        var options = new StreamPipeWriterOptions(minimumBufferSize: BufferSize, leaveOpen: true);
        connection.Transport = new DuplexPipe(original.Input, PipeWriter.Create(stream, options));
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            // Kestrel closes the transport of the connection; otherwise its own sending task would never end.
            connection.Transport = original;
        }
    };

    /// <summary>Resets the connection after the client's kernel has acknowledged all bytes.</summary>
    public async ValueTask ResetAsync(CancellationToken cancellationToken)
    {
        await WaitUntilAcknowledgedAsync(cancellationToken).ConfigureAwait(false);

        // With a linger time of 0, the kernel sends RST instead of FIN.
        socket.Close(timeout: 0);
    }

    /// <summary>Sends FIN. The socket stays open, since closing it can send RST, which discards what the client has not read.</summary>
    public void ShutdownSend() => socket.Shutdown(SocketShutdown.Send);

    // A reset discards what the kernel has not sent yet. There is no notification for "all acknowledged", hence the polling.
    private async ValueTask WaitUntilAcknowledgedAsync(CancellationToken cancellationToken)
    {
        const int Spins = 100;
        for (int i = 0; HasUnacknowledgedBytes(); i++)
        {
            if (i < Spins) await Task.Yield();
            else await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool HasUnacknowledgedBytes()
    {
        if (!OperatingSystem.IsLinux()) return false;
        Span<byte> info = stackalloc byte[256];
        int length = socket.GetRawSocketOption(IpProtocolTcp, TcpInfo, info);
        return length >= UnsentOffset + sizeof(uint)
            && (BinaryPrimitives.ReadUInt32LittleEndian(info[UnacknowledgedOffset..]) != 0
                || BinaryPrimitives.ReadUInt32LittleEndian(info[UnsentOffset..]) != 0);
    }

    private sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
