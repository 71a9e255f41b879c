using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using LlmStream.Dialects;
using LlmStream.Framing;
using LlmStream.Json;

namespace LlmStream.Reading;

/// <summary>Reads a stream whose events are JSON of the caller's own type.</summary>
internal sealed class JsonEventSession<T>(Stream stream, JsonTypeInfo<T> typeInfo, ChatReadOptions options)
    : IFrameHandler, IAsyncDisposable
{
    private readonly GuardedStream _stream = new(stream);
    private FrameReader? _frames;
    private T? _value;
    private bool _hasValue;
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
                _stream, options.MaxEventBytes, this, observer: null, cancellationToken).ConfigureAwait(false);
            while (!_hasValue && !_isDone && _failure is null)
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
            throw StreamFailure.Of(exception, _stream.Sample);
        }

        if (_hasValue) return true;
        if (_failure is not null) throw _failure;
        if (!_isDone && !_hasSeenEvent && !_stream.IsEmpty && !Verdict.LooksLikeEventStream(_stream.Sample, hasSeenFrame: false))
            throw StreamFailure.NotAStream(_stream.Sample);
        return false;
    }

    /// <summary>Takes the value that <see cref="ReadAsync"/> has found.</summary>
    public bool TryTake([MaybeNullWhen(false)] out T value)
    {
        value = _value;
        bool hadValue = _hasValue;
        _hasValue = false;
        _value = default;
        return hadValue;
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
            _value = JsonDeserializer.Read(data, typeInfo);
            _hasValue = _value is not null; // an event that is null is skipped
        }
        catch (Exception exception)
        {
            // Not only JsonException: constructors and converters of the caller's type may throw anything.
            _failure = StreamFailure.Malformed(data, exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_frames is not null) await _frames.DisposeAsync().ConfigureAwait(false);
    }
}
