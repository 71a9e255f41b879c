using LlmStream.Chat;

namespace LlmStream.Relay.Format;

/// <summary>Decodes the records of one stream. Reads the record that has the stream's info if it was not among those read before.</summary>
/// <param name="caller">Calls the store.</param>
/// <param name="streamId">The id of the stream.</param>
/// <param name="log">The attempts that the deltas refer to, which the end of the stream states; or null.</param>
internal sealed class RecordDecoder(StoreCaller caller, string streamId, AttemptLog? log = null)
{
    private ChatStreamInfo? _info;
    private long _infoSequence;

    /// <summary>Decodes a record.</summary>
    /// <exception cref="FormatException">The record is damaged, or of an unknown version.</exception>
    public async ValueTask<ChatDelta> DecodeAsync(ChatStreamRecord record, CancellationToken cancellationToken)
    {
        long sequence = DeltaFormat.ReadInfoSequence(record.Data.Span);
        if (sequence > 0 && sequence != _infoSequence)
        {
            _info = await ReadInfoAsync(sequence, cancellationToken).ConfigureAwait(false);
            _infoSequence = sequence;
        }

        ChatDelta delta = DeltaFormat.Read(record.Data.Span, sequence > 0 ? _info : null);
        if (sequence > 0) return delta;
        _info = delta.Stream with { Log = log };
        _infoSequence = record.Position.Sequence;
        return new ChatDelta(delta) { Stream = _info };
    }

    private async ValueTask<ChatStreamInfo?> ReadInfoAsync(long sequence, CancellationToken cancellationToken)
    {
        var before = new ChatStreamPosition("", sequence - 1);
        ChatStreamPage page = await caller.CallAsync(
            (store, token) => store.ReadAsync(streamId, before, maxBytes: 1, token), cancellationToken).ConfigureAwait(false);
        return page.Records.Count > 0 ? DeltaFormat.Read(page.Records[0].Data.Span, info: null).Stream with { Log = log } : null;
    }
}
