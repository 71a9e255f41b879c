using System.Buffers;
using System.Diagnostics;
using LlmStream.Testing.Dialects;
using LlmStream.Testing.Faults;
using LlmStream.Testing.Scripting;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Testing.Serving;

/// <summary>
/// Writes a body and applies the connection faults of the step at their exact positions. Each write is one chunk of the chunked
/// encoding, and the kernel has it before the next one.
/// </summary>
/// <remarks>No byte at or after the position of the next byte fault is written before that fault has occurred.</remarks>
internal sealed class BodyWriter
{
    private readonly HttpContext _http;
    private readonly Step _step;
    private readonly TimeProvider _time;
    private readonly ScriptedRequest _request;
    private readonly CancellationToken _disconnected;
    private readonly Fault[] _byteFaults;
    private readonly Fault[] _eventFaults;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private int _nextByteFault;
    private bool _hasWritten;

    public BodyWriter(HttpContext http, Step step, TimeProvider time, ScriptedRequest request)
    {
        _http = http;
        _step = step;
        _time = time;
        _request = request;
        _disconnected = http.RequestAborted;
        Fault[] faults = [.. step.Faults.Where(fault => fault.IsConnectionFault)];
        _byteFaults = [.. faults.Where(fault => !fault.AtEvent).OrderBy(fault => fault.Position)];
        _eventFaults = [.. faults.Where(fault => fault.AtEvent)];
    }

    // The number of bytes of the body so far, sent or buffered.
    private long Offset => _request.BytesSent + _buffer.WrittenCount;

    public async ValueTask<ReplyEnd> WriteAsync(IEnumerable<Frame> frames)
    {
        foreach (Frame frame in frames)
        {
            foreach (Fault fault in _eventFaults)
            {
                if (fault.Position == frame.Index && await ApplyAsync(fault).ConfigureAwait(false) is { } end) return end;
            }

            if (await WriteAsync(frame.Bytes).ConfigureAwait(false) is { } early) return early;
        }

        // A fault directly after the last byte replaces the end of the body.
        if (await ApplyByteFaultsAsync().ConfigureAwait(false) is { } late) return late;
        await FlushAsync().ConfigureAwait(false);
        return ReplyEnd.Complete;
    }

    public static async ValueTask ResetAsync(HttpContext http, CancellationToken cancellationToken)
    {
        await http.Features.Get<ConnectionSocket>()!.ResetAsync(cancellationToken).ConfigureAwait(false);
        http.Abort();
    }

    /// <returns>How the reply ended, or null if it has not.</returns>
    private async ValueTask<ReplyEnd?> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (await ApplyByteFaultsAsync().ConfigureAwait(false) is { } end) return end;
            int length = bytes.Length;
            if (_nextByteFault < _byteFaults.Length)
            {
                Debug.Assert(_byteFaults[_nextByteFault].Position > Offset, "Faults up to here have been applied.");
                length = (int)Math.Min(length, _byteFaults[_nextByteFault].Position - Offset);
            }

            long? boundary = _step.Writes?.FindEnd(Offset);
            if (boundary is not null) length = (int)Math.Min(length, boundary.Value - Offset);
            Debug.Assert(length > 0, "Each iteration makes progress.");
            _buffer.Write(bytes.Span[..length]);
            bytes = bytes[length..];
            if (boundary is null ? bytes.Length == 0 : Offset == boundary) await FlushAsync().ConfigureAwait(false);
        }

        return null;
    }

    private async ValueTask<ReplyEnd?> ApplyByteFaultsAsync()
    {
        while (_nextByteFault < _byteFaults.Length && _byteFaults[_nextByteFault].Position == Offset)
        {
            if (await ApplyAsync(_byteFaults[_nextByteFault++]).ConfigureAwait(false) is { } end) return end;
        }

        return null;
    }

    private async ValueTask<ReplyEnd?> ApplyAsync(Fault fault)
    {
        await FlushAsync().ConfigureAwait(false);
        await _http.Response.Body.FlushAsync(_disconnected).ConfigureAwait(false);
        switch (fault.Kind)
        {
            case FaultKind.Stall:
                await Task.Delay(fault.Duration ?? Timeout.InfiniteTimeSpan, _time, _disconnected).ConfigureAwait(false);
                return null;
            case FaultKind.Reset:
                _request.End(ReplyEnd.Reset);
                await ResetAsync(_http, _disconnected).ConfigureAwait(false);
                return ReplyEnd.Reset;
            case FaultKind.Abort:
                _request.End(ReplyEnd.Aborted);
                await AbortAsync().ConfigureAwait(false);
                return ReplyEnd.Aborted;
            default:
                Debug.Assert(fault.Kind is FaultKind.Cut, "Only connection faults get here.");
                return ReplyEnd.Cut;
        }
    }

    private async ValueTask AbortAsync()
    {
        _http.Features.Get<ConnectionSocket>()!.ShutdownSend();

        // The client closes its side when it has read everything. Only then is the connection closed.
        await Task.Delay(Timeout.InfiniteTimeSpan, _time, _disconnected).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Abort();
    }

    private async ValueTask FlushAsync()
    {
        if (_buffer.WrittenCount == 0) return;
        if (_hasWritten && _step.Interval > TimeSpan.Zero)
            await Task.Delay(_step.Interval, _time, _disconnected).ConfigureAwait(false);
        await _http.Response.Body.WriteAsync(_buffer.WrittenMemory, _disconnected).ConfigureAwait(false);
        _hasWritten = true;
        _request.BytesSent += _buffer.WrittenCount;
        _buffer.ResetWrittenCount();
        _disconnected.ThrowIfCancellationRequested();
    }
}
