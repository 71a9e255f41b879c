using LlmStream.AspNetCore.Wires;
using LlmStream.Relay;
using Microsoft.AspNetCore.Http;

namespace LlmStream.AspNetCore.Serving.Kept;

/// <summary>Sends kept streams to their readers.</summary>
internal sealed class KeptReader(KeptServices kept)
{
    // The production reports how the answer ended.
    private readonly ChatRelayOptions _options = kept.Options.WithoutReport();

    /// <summary>Sends a stream, from a position to its end.</summary>
    /// <param name="http">The request.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="how">How it is read.</param>
    public async Task SendAsync(HttpContext http, ChatStreamStatus stream, KeptMetadata metadata, ReadSettings how)
    {
        http.Response.Headers[StreamHeaders.StreamId] = stream.StreamId;
        EventPosition after = how.Wire.ReplaysFromStart ? default : how.After;
        IReadOnlyList<ChatDelta> earlier = [];
        try
        {
            if (after.Delta.Sequence > 0)
                earlier = await kept.Relay.ReadUntilAsync(stream.StreamId, after.Delta, http.RequestAborted).ConfigureAwait(false);
        }
        catch (ChatStreamException exception) when (how.IsEventSource && KeptFailure.IsGone(exception))
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent; // it would connect again and again
            return;
        }
        catch (Exception exception) when (exception is ChatStreamException or OperationCanceledException)
        {
            await SendFailureAsync(http, metadata.Context, how, exception).ConfigureAwait(false);
            return;
        }

        var start = after.Delta == ChatStreamPosition.Start ? new ChatStreamPosition(stream.Epoch, 0) : after.Delta;
        var positions = new PositionedEvents(start, after.EventCount, earlier)
        {
            HasIdsBetween = !how.Wire.ReplaysFromStart,
            Prefix = how.IsEventSource ? $"{stream.StreamId}/" : "",
        };
        var reading = new KeptReading(kept.Relay, kept.Local, stream.StreamId, after, positions) { Origin = how.Origin };
        await RelayAsync(http, ContextOf(metadata, how), how, reading, reading.ReadAsync).ConfigureAwait(false);
    }

    /// <summary>Sends a failure of a stream that could not be begun.</summary>
    public Task SendFailureAsync(HttpContext http, WireContext context, ReadSettings how, Exception failure) =>
        RelayAsync(http, context, how, reading: null, _ => throw failure);

    // A client that has sent its message continues it.
    private WireContext ContextOf(KeptMetadata metadata, ReadSettings how) =>
        how.Origin == ReadSettings.Resumed && metadata.ContinuedParts is { } stored && kept.Relay.TryUnprotect(stored) is { } parts
            ? metadata.Context with { EarlierParts = parts }
            : metadata.Context;

    private Task RelayAsync(
        HttpContext http, WireContext context, ReadSettings how, KeptReading? reading,
        Func<CancellationToken, IAsyncEnumerable<ChatDelta>> read)
    {
        var response = new RelayResponse(http, how.Wire, context, _options)
        {
            Kept = reading,
            IsStreaming = how.IsStreaming,
            EventId = how.IsEventSource ? how.FirstEventId ?? context.MessageId : null,
        };
        return response.RunAsync(read);
    }
}

/// <summary>How a stream is read. Immutable.</summary>
internal sealed record ReadSettings
{
    /// <summary>The <see cref="Origin"/> of a request that only reads.</summary>
    public const string Resumed = "resumed";

    public required ChatWire Wire { get; init; }

    /// <summary>How it came to be read.</summary>
    public required string Origin { get; init; }

    /// <summary>The last event that the client has.</summary>
    public EventPosition After { get; init; }

    /// <summary>Whether the answer is streamed; otherwise it is sent as one object.</summary>
    public bool IsStreaming { get; init; } = true;

    /// <summary>Whether the client is an <c>EventSource</c>, which connects anew after every end.</summary>
    public bool IsEventSource { get; init; }

    /// <summary>The id that an <c>EventSource</c> sends if it connects anew before the first event.</summary>
    public string? FirstEventId { get; init; }
}
