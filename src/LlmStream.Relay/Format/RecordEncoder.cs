namespace LlmStream.Relay.Format;

/// <summary>
/// Encodes the deltas of one epoch. What is known of the response as a whole is written once, when it changes; other records refer to the
/// record that has it.
/// </summary>
internal sealed class RecordEncoder
{
    private readonly FieldWriter _writer = new();
    private ChatStreamInfo? _info;
    private long _infoSequence;

    public ReadOnlyMemory<byte> Encode(ChatDelta delta, long sequence)
    {
        bool isKnown = ReferenceEquals(delta.Stream, _info) || delta.Stream == _info;
        byte[] record = DeltaFormat.Write(_writer, delta, isKnown ? _infoSequence : 0);
        if (isKnown) return record;
        _info = delta.Stream;
        _infoSequence = delta.Stream == ChatStreamInfo.Unknown ? 0 : sequence;
        return record;
    }
}
