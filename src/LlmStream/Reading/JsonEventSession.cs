using System.Globalization;
using System.Net.ServerSentEvents;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using LlmStream.Dialects;
using LlmStream.Framing;
using LlmStream.Json;

namespace LlmStream.Reading;

/// <summary>Reads a stream whose events are JSON of the caller's own type.</summary>
internal sealed class JsonEventSession<T>(Stream stream, JsonTypeInfo<T> typeInfo, SseReaderOptions options)
    : IFrameHandler, IFramingObserver, IAsyncDisposable
{
    private readonly GuardedStream _stream = new(stream);
    private FrameReader? _frames;
    private SseItem<T>? _item;
    private string? _lastEventId; // also of later events without an id (HTML Standard, 9.2.6)
    private TimeSpan? _reconnectionInterval; // that was sent since the event before
    private bool _hasSeenEvent;
    private bool _isDone;
    private ChatStreamException? _failure;

    /// <summary>Reads until there is a value to take, or the stream has ended.</summary>
    /// <returns>Whether there is a value.</returns>
    /// <exception cref="ChatStreamException">The stream failed. All values before have been taken.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            _frames ??= await FrameReader.OpenAsync(
                _stream, binary: null, options.MaxEventBytes, this, observer: this, cancellationToken).ConfigureAwait(false);
            while (_item is null && !_isDone && _failure is null)
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
            throw StreamFailure.Of(exception, _stream);
        }

        if (_item is not null) return true;
        if (_failure is not null) throw _failure;
        if (!_isDone && !_hasSeenEvent && !_stream.IsEmpty && !Verdict.LooksLikeEventStream(_stream.Sample, hasSeenFrame: false))
            throw StreamFailure.NotAStream(_stream.Sample);
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

    public void Handle(in Frame frame)
    {
        ReadOnlySpan<byte> data = frame.Data.Trim(" \t\r\n\0"u8);
        if (data.IsEmpty || _isDone || _failure is not null) return;
        _isDone = data.StartsWith("[DONE]"u8);
        if (_isDone) return;

        bool isError = string.Equals(frame.EventType, Frame.ErrorEventType, StringComparison.Ordinal);
        if (frame.IsUnterminated && !isError && !JsonSyntax.IsComplete(data))
        {
            _failure = StreamFailure.Truncated($"The stream ended in the middle of an event: {ProviderFault.Quote(data)}.");
            return;
        }

        _hasSeenEvent = true;
        if ((isError || ProviderFault.HasErrorField(data)) && ProviderFault.TryRead(data, isError: true) is { } fault)
        {
            _failure = StreamFailure.Of(fault);
            return;
        }

        try
        {
            if (JsonDeserializer.Read(data, typeInfo) is not { } value) return; // an event that is null is skipped
            _item = new SseItem<T>(value, frame.EventType) { EventId = _lastEventId, ReconnectionInterval = _reconnectionInterval };
            _reconnectionInterval = null;
        }
        catch (Exception exception)
        {
            // Not only JsonException: constructors and converters of the caller's type may throw anything.
            _failure = StreamFailure.Malformed(data, exception);
        }
    }

    void IFramingObserver.OnLine(SseLineKind kind, ReadOnlySpan<byte> line, LineEnding ending)
    {
        switch (kind)
        {
            // "If the field value does not contain U+0000 NULL, then set the last event ID buffer to the field value." (9.2.6)
            case SseLineKind.Id:
                ReadOnlySpan<byte> id = SseLine.ValueOf(line, "id".Length);
                if (!id.Contains((byte)0)) _lastEventId = Encoding.UTF8.GetString(id);
                break;

            // "If the field value consists of only ASCII digits, then interpret the field value as an integer in base ten": milliseconds.
            case SseLineKind.Retry:
                ReadOnlySpan<byte> digits = SseLine.ValueOf(line, "retry".Length);
                if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds))
                    _reconnectionInterval = TimeSpan.FromMilliseconds(milliseconds);
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

    public async ValueTask DisposeAsync()
    {
        if (_frames is not null) await _frames.DisposeAsync().ConfigureAwait(false);
    }
}
