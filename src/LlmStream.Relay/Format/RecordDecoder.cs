namespace LlmStream.Relay.Format;

/// <summary>Decodes the records of one stream. Reads the record that has the stream's info if it was not among those read before.</summary>
internal sealed class RecordDecoder(StoreCaller caller, string streamId)
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
        if (sequence == 0)
        {
            _info = delta.Stream;
            _infoSequence = record.Position.Sequence;
        }

        return delta;
    }

    private async ValueTask<ChatStreamInfo?> ReadInfoAsync(long sequence, CancellationToken cancellationToken)
    {
        var before = new ChatStreamPosition("", sequence - 1);
        ChatStreamPage page = await caller.CallAsync(
            (store, token) => store.ReadAsync(streamId, before, maxBytes: 1, token), cancellationToken).ConfigureAwait(false);
        return page.Records.Count > 0 ? DeltaFormat.Read(page.Records[0].Data.Span, info: null).Stream : null;
    }
}
