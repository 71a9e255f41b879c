using System.Net.ServerSentEvents;

namespace LlmStream.Framing;

/// <summary>
/// Server-sent events of any form that the format allows or that servers have been seen to send, by
/// <see cref="SseParser{T}"/>, over a filter that makes good what the parser gets wrong.
/// </summary>
/// <remarks>
/// The parser hands an event's bytes to its callback and they are gone when that returns, so the callback is where
/// they are decoded; what it returns is of no use.
/// </remarks>
internal sealed class SseOddEvents : IAsyncDisposable
{
    private readonly SseLineFilter _filter;
    private readonly IFrameHandler _handler;
    private readonly FramingStatistics? _statistics;
    private IAsyncEnumerator<SseItem<bool>>? _events;

    public SseOddEvents(Stream source, int maxFrameBytes, IFrameHandler handler, FramingStatistics? statistics, bool isAtStart)
    {
        _filter = new SseLineFilter(source, maxFrameBytes, statistics, isAtStart);
        _handler = handler;
        _statistics = statistics;
    }

    /// <summary>Whether all that was taken has been used up, and what follows begins an event. Asked only where it is taken line by line.</summary>
    public bool IsAtEventStart => _filter.IsAtEventStart;

    /// <summary>Reads one frame on.</summary>
    /// <returns>False when the stream has ended.</returns>
    public ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        _events ??= SseParser.Create(_filter, Handle).EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        return _events.MoveNextAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_events is not null) await _events.DisposeAsync().ConfigureAwait(false);
        await _filter.DisposeAsync().ConfigureAwait(false);
    }

    private bool Handle(string eventType, ReadOnlySpan<byte> data)
    {
        if (_statistics is not null) _statistics.Frames++;
        // "Initialize event's type attribute to 'message' … If the event type buffer has a value other than the empty
        // string, change the type" (HTML Standard, 9.2.6). The parser passes the empty string on.
        (FrameKind kind, string type) = eventType switch
        {
            "" => (FrameKind.Event, Frame.DefaultEventType),
            SseLineFilter.BareEventType => (FrameKind.Bare, Frame.DefaultEventType),
            SseLineFilter.ErrorEventType => (FrameKind.Bare, Frame.ErrorEventType),
            _ => (FrameKind.Event, eventType),
        };
        _handler.Handle(new Frame(kind, type, data, _filter.IsAtUnterminatedEnd));
        return true;
    }
}
