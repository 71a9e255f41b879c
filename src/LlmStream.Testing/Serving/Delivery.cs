using System.Buffers;
using LlmStream.Framing;
using LlmStream.Testing.Dialects;
using LlmStream.Testing.Faults;
using LlmStream.Testing.Scripting;
using Microsoft.AspNetCore.Http;

namespace LlmStream.Testing.Serving;

/// <summary>
/// Sends a body, byte by counted byte, and lets the connection fail where the script says so. Each write is one chunk of
/// the chunked encoding, and is with the kernel before the next begins.
/// </summary>
internal sealed class Delivery
{
    private readonly HttpContext _http;
    private readonly Step _step;
    private readonly TimeProvider _time;
    private readonly ScriptedRequest _request;
    private readonly CancellationToken _gone;
    private readonly Fault[] _atBytes;
    private readonly Fault[] _atEvents;
    private readonly ArrayBufferWriter<byte> _pending = new();
    private int _nextAtBytes;
    private bool _wrote;

    public Delivery(HttpContext http, Step step, TimeProvider time, ScriptedRequest request)
    {
        _http = http;
        _step = step;
        _time = time;
        _request = request;
        _gone = http.RequestAborted;
        _atBytes = [.. step.Faults.Where(fault => fault is { IsOfConnection: true, AtEvent: false }).OrderBy(fault => fault.Position)];
        _atEvents = [.. step.Faults.Where(fault => fault is { IsOfConnection: true, AtEvent: true })];
    }

    // Bytes of the body that were produced, sent or pending.
    private long Offset => _request.BytesSent + _pending.WrittenCount;

    public async ValueTask<ReplyEnd> SendAsync(IEnumerable<Frame> frames)
    {
        foreach (Frame frame in frames)
        {
            foreach (Fault fault in _atEvents)
            {
                if (fault.Position == frame.Index && await FailAsync(fault).ConfigureAwait(false) is { } end) return end;
            }

            if (await PutAsync(frame.Bytes).ConfigureAwait(false) is { } early) return early;
        }

        // A fault right behind the last byte takes the place of the end of the body.
        if (await FailAtOffsetAsync().ConfigureAwait(false) is { } late) return late;
        await FlushAsync().ConfigureAwait(false);
        return ReplyEnd.Complete;
    }

    private async ValueTask<ReplyEnd?> PutAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (await FailAtOffsetAsync().ConfigureAwait(false) is { } end) return end;
            int length = bytes.Length;
            if (_nextAtBytes < _atBytes.Length) length = (int)Math.Min(length, _atBytes[_nextAtBytes].Position - Offset);
            long? cut = _step.Writes?.EndAfter(Offset);
            if (cut is not null) length = (int)Math.Min(length, cut.Value - Offset);
            _pending.Write(bytes.Span[..length]);
            bytes = bytes[length..];
            if (cut is null ? bytes.Length == 0 : Offset == cut) await FlushAsync().ConfigureAwait(false);
        }

        return null;
    }

    private async ValueTask<ReplyEnd?> FailAtOffsetAsync()
    {
        while (_nextAtBytes < _atBytes.Length && _atBytes[_nextAtBytes].Position == Offset)
        {
            if (await FailAsync(_atBytes[_nextAtBytes++]).ConfigureAwait(false) is { } end) return end;
        }

        return null;
    }

    private async ValueTask<ReplyEnd?> FailAsync(Fault fault)
    {
        await FlushAsync().ConfigureAwait(false);
        await _http.Response.Body.FlushAsync(_gone).ConfigureAwait(false);
        switch (fault.Kind)
        {
            case FaultKind.Stall:
                await Task.Delay(fault.Duration ?? Timeout.InfiniteTimeSpan, _time, _gone).ConfigureAwait(false);
                return null;
            case FaultKind.Reset:
                _request.End(ReplyEnd.Reset);
                await ResetAsync(_http, _gone).ConfigureAwait(false);
                return ReplyEnd.Reset;
            case FaultKind.Abort:
                _request.End(ReplyEnd.Aborted);
                await AbortAsync().ConfigureAwait(false);
                return ReplyEnd.Aborted;
            default:
                return ReplyEnd.Cut;
        }
    }

    public static async ValueTask ResetAsync(HttpContext http, CancellationToken cancellationToken)
    {
        await http.Features.Get<Wire>()!.ResetAsync(cancellationToken).ConfigureAwait(false);
        http.Abort();
    }

    private async ValueTask AbortAsync()
    {
        _http.Features.Get<Wire>()!.EndSending();

        // The client closes its side when it has read the end; only then is the connection taken down.
        await Task.Delay(Timeout.InfiniteTimeSpan, _time, _gone).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _http.Abort();
    }

    private async ValueTask FlushAsync()
    {
        if (_pending.WrittenCount == 0) return;
        if (_wrote && _step.Interval > TimeSpan.Zero) await Task.Delay(_step.Interval, _time, _gone).ConfigureAwait(false);
        await _http.Response.Body.WriteAsync(_pending.WrittenMemory, _gone).ConfigureAwait(false);
        _wrote = true;
        _request.BytesSent += _pending.WrittenCount;
        _pending.ResetWrittenCount();
        _gone.ThrowIfCancellationRequested();
    }
}
