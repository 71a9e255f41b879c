using System.Runtime.InteropServices;
using System.Text;

namespace LlmStream.Cli;

/// <summary>
/// Standard output as a file descriptor. The console stream of .NET ignores that the reader of a pipe has gone, so that a command would
/// go on, and a request would go on being billed.
/// </summary>
internal sealed unsafe partial class StandardOutput : Stream
{
    private const int Descriptor = 1;

    // The same on Linux and macOS, except EAGAIN.
    private const int Interrupted = 4, BrokenPipe = 32, TryAgain = 11, TryAgainOnMac = 35;
    private const short PollOut = 4, PollError = 8, PollHangUp = 16;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Creates the writer for standard output. Terminals, and Windows, have the console's.</summary>
    public static TextWriter CreateWriter() => OperatingSystem.IsWindows() || !Console.IsOutputRedirected
        ? Console.Out
        : new StreamWriter(new StandardOutput(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };

    /// <summary>Returns a token that is cancelled when the reader of a pipe has gone.</summary>
    public static CancellationToken Watch()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected) return CancellationToken.None;
        var source = new CancellationTokenSource();
        var thread = new Thread(() =>
        {
            // Without events, only errors end the wait; a file has none, and the wait ends with the process.
            if ((Wait(events: 0) & (PollError | PollHangUp)) != 0) source.Cancel();
        })
        {
            IsBackground = true, Name = "Watch of standard output",
        };
        thread.Start();
        return source.Token;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written;
            fixed (byte* start = buffer) written = WriteFile(Descriptor, start, (nuint)buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted: break;
                case TryAgain or TryAgainOnMac: Wait(PollOut); break; // a pipe that another process has made non-blocking
                case BrokenPipe: throw new OutputException("the reader has gone", isClosed: true);
                case var error: throw new OutputException(Marshal.GetPInvokeErrorMessage(error), isClosed: false);
            }
        }
    }

    public override void Flush()
    {
        // Every write is passed on at once.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static short Wait(short events)
    {
        var descriptor = new PollDescriptor { Descriptor = Descriptor, Events = events };
        int result;
        do
        {
            result = Poll(&descriptor, 1, timeout: -1);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == Interrupted);

        return result > 0 ? descriptor.Results : (short)0;
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteFile(int descriptor, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollDescriptor* descriptors, nuint count, int timeout);

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Results;
    }
}
