using System.Text.Json.Serialization.Metadata;
using LlmStream.Dialects;
using LlmStream.Framing;
using LlmStream.Json;

namespace LlmStream.Reading;

/// <summary>Reads a stream whose events are JSON of the caller's own type.</summary>
/// <param name="stream">The stream.</param>
/// <param name="typeInfo">The JSON contract of the type.</param>
/// <param name="options">The limits.</param>
/// <param name="reconnects">
/// Whether another connection follows this one. An event that the end of the body left without its blank line is then discarded, because it
/// will be sent again.
/// </param>
internal sealed class JsonEventSession<T>(
    GuardedStream stream, JsonTypeInfo<T> typeInfo, SseReaderOptions options, bool reconnects = false) : EventSession<T>(stream)
{
    private bool _hasSeenEvent;

    public override void Handle(in Frame frame)
    {
        ReadOnlySpan<byte> data = frame.Data.Trim(" \t\r\n\0"u8);
        if (data.IsEmpty || IsDone || Failure is not null) return;
        IsDone = data.StartsWith("[DONE]"u8);
        if (IsDone) return;

        bool isError = string.Equals(frame.EventType, Frame.ErrorEventType, StringComparison.Ordinal);
        if (frame.IsUnterminated && !isError)
        {
            if (reconnects) return;
            if (!JsonSyntax.IsComplete(data))
            {
                Failure = StreamFailure.Truncated($"The stream ended in the middle of an event: {ProviderFault.Quote(data)}.");
                return;
            }
        }

        _hasSeenEvent = true;
        if ((isError || ProviderFault.HasErrorField(data)) && ProviderFault.TryRead(data, isError: true) is { } fault)
        {
            Failure = StreamFailure.Of(fault);
            return;
        }

        try
        {
            // An event that is null is skipped.
            if (JsonDeserializer.Read(data, typeInfo) is { } value) Add(value, frame.EventType);
        }
        catch (Exception exception)
        {
            // Not only JsonException: constructors and converters of the caller's type may throw anything.
            Failure = StreamFailure.Malformed(data, exception);
        }
    }

    protected override ValueTask<FrameReader> OpenAsync(CancellationToken cancellationToken) =>
        FrameReader.OpenAsync(Stream, binary: null, options.MaxEventBytes, this, observer: this, cancellationToken);

    protected override void CheckEnd()
    {
        if (!IsDone && !_hasSeenEvent && !Stream.IsEmpty && !Verdict.LooksLikeEventStream(Stream.Sample, hasSeenFrame: false))
            throw StreamFailure.NotAStream(Stream.Sample);
    }
}
