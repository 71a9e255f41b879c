using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace LlmStream.Testing.Serving;

/// <summary>
/// The socket beneath a connection. Kestrel hands what is flushed to a pipe, from which another task sends it; here the
/// pipe is replaced with one that sends by itself, so that a completed flush means: the bytes are with the kernel.
/// </summary>
internal sealed class Wire(Socket socket)
{
    private const int Tcp = 6;
    private const int TcpInfo = 11;
    private const int UnacknowledgedOffset = 24;
    private const int UnsentOffset = 144;

    /// <summary>Connection middleware that puts a <see cref="Wire"/> beneath each connection.</summary>
    public static ConnectionDelegate Lay(ConnectionDelegate next) => async connection =>
    {
        Socket socket = connection.Features.Get<IConnectionSocketFeature>()!.Socket;
        IDuplexPipe original = connection.Transport;
        using var stream = new NetworkStream(socket, ownsSocket: false);
        connection.Features.Set(new Wire(socket));
        connection.Transport = new Transport(original.Input, PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: 16 * 1024, leaveOpen: true)));
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            // Kestrel closes what it opened: without this its own sender would never hear of the end.
            connection.Transport = original;
        }
    };

    /// <summary>Resets the connection once every byte that was written has arrived at the client's kernel.</summary>
    public async ValueTask ResetAsync(CancellationToken cancellationToken)
    {
        await ArriveAsync(cancellationToken).ConfigureAwait(false);

        // Linger time 0: the kernel sends RST in place of FIN.
        socket.Close(timeout: 0);
    }

    /// <summary>Sends FIN. The socket stays open: closing it would turn into RST what the client has not read.</summary>
    public void EndSending() => socket.Shutdown(SocketShutdown.Send);

    // A reset throws away what the kernel has not sent yet, and a client reads what has arrived before it hears of the
    // reset. The kernel itself knows when all has arrived; there is no event for it, so it is asked again and again.
    private async ValueTask ArriveAsync(CancellationToken cancellationToken)
    {
        for (int tries = 0; IsUnderway(); tries++)
        {
            if (tries < 100) await Task.Yield();
            else await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool IsUnderway()
    {
        if (!OperatingSystem.IsLinux()) return false;
        Span<byte> info = stackalloc byte[256];
        int length = socket.GetRawSocketOption(Tcp, TcpInfo, info);
        return length >= UnsentOffset + sizeof(uint)
            && (BinaryPrimitives.ReadUInt32LittleEndian(info[UnacknowledgedOffset..]) | BinaryPrimitives.ReadUInt32LittleEndian(info[UnsentOffset..])) != 0;
    }

    private sealed class Transport(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }
}
