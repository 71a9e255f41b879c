using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text;
using LlmStream.Framing;

namespace LlmStream.Reading;

/// <summary>
/// Reads a stream of events that are not chat: their frames, ids and reconnection times. What an event is made of, a subclass knows.
/// </summary>
internal abstract class EventSession<T>(GuardedStream stream) : FrameHandler, IFramingObserver, IAsyncDisposable
{
    private FrameReader? _frames;
    private SseItem<T>? _item;
    private string? _eventId; // also of later events without an id (HTML Standard, 9.2.6)
    private TimeSpan? _reconnectionInterval; // that was sent since the event before

    /// <summary>The id of the last event that was dispatched, with data or without. Initially, that of an earlier connection.</summary>
    public string? LastEventId { get; private set; }

    /// <summary>The last reconnection time that the stream has sent, or null.</summary>
    public TimeSpan? ReconnectionTime { get; private set; }

    /// <summary>Whether the stream has said that nothing follows.</summary>
    public bool IsDone { get; protected set; }

    bool IFramingObserver.NeedsLineEndings => false;

    protected GuardedStream Stream => stream;

    /// <summary>Why no further event is read, or null. It is thrown after the events before it have been taken.</summary>
    protected ChatStreamException? Failure { get; set; }

    /// <summary>Continues with the id of an earlier connection.</summary>
    public void ContinueAfter(string? lastEventId) => LastEventId = _eventId = lastEventId;

    /// <summary>Reads until there is an event to take, or the stream has ended.</summary>
    /// <returns>Whether there is an event.</returns>
    /// <exception cref="ChatStreamException">The stream failed. All events before have been taken.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            _frames ??= await OpenAsync(cancellationToken).ConfigureAwait(false);
            while (_item is null && !IsDone && Failure is null)
            {
                if (!await _frames.ReadAsync(cancellationToken).ConfigureAwait(false)) break;
            }
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested && exception is not OperationCanceledException)
        {
            throw StreamFailure.Canceled(exception, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw StreamFailure.Of(exception, stream);
        }

        if (_item is not null) return true;
        if (Failure is not null) throw Failure;
        CheckEnd();
        return false;
    }

    /// <summary>Takes the event that <see cref="ReadAsync"/> has found.</summary>
    public bool TryTake(out SseItem<T> item)
    {
        bool hasItem = _item is not null;
        item = _item.GetValueOrDefault();
        _item = null;
        return hasItem;
    }

    public async ValueTask DisposeAsync()
    {
        if (_frames is not null) await _frames.DisposeAsync().ConfigureAwait(false);
    }

    void IFramingObserver.OnLine(SseLineKind kind, ReadOnlySpan<byte> line, LineEnding ending)
    {
        switch (kind)
        {
            // "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value." (9.2.6)
            case SseLineKind.Id:
                ReadOnlySpan<byte> id = SseLine.ValueOf(line, "id".Length);
                if (!id.Contains((byte)0)) _eventId = Encoding.UTF8.GetString(id);
                break;

            // "If the field value consists of only ASCII digits, then interpret the field value as an integer in base ten": milliseconds.
            case SseLineKind.Retry:
                ReadOnlySpan<byte> digits = SseLine.ValueOf(line, "retry".Length);
                if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds))
                    ReconnectionTime = _reconnectionInterval = TimeSpan.FromMilliseconds(milliseconds);
                break;

            // "Set the last event ID string of the event source to the value of the last event ID buffer": when an event is dispatched,
            // even if it has no data.
            case SseLineKind.Blank:
                LastEventId = _eventId;
                break;
        }
    }

    void IFramingObserver.OnFrame(in Frame frame)
    {
    }

    void IFramingObserver.OnByteOrderMark()
    {
    }

    void IFramingObserver.OnJsonSequence()
    {
    }

    void IFramingObserver.OnJsonArray()
    {
    }

    /// <summary>Opens the reader of the frames.</summary>
    protected abstract ValueTask<FrameReader> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Throws if the end of the body is not the end of a stream of events.</summary>
    protected virtual void CheckEnd()
    {
    }

    /// <summary>Has found an event.</summary>
    protected void Add(T data, string eventType)
    {
#if NETSTANDARD
        _item = SseItems.Create(data, eventType, _eventId, _reconnectionInterval);
#else
        _item = new SseItem<T>(data, eventType) { EventId = _eventId, ReconnectionInterval = _reconnectionInterval };
#endif
        _reconnectionInterval = null;
    }
}
