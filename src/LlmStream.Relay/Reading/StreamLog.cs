using LlmStream.Chat;
using LlmStream.Relay.Format;

namespace LlmStream.Relay.Reading;

/// <summary>Reads what a stream has, without waiting for more.</summary>
internal static class StreamLog
{
    /// <summary>Assembles the answer as far as it is stored.</summary>
    /// <param name="caller">The store.</param>
    /// <param name="streamId">The id of the stream.</param>
    /// <param name="pageBytes">The size of the pages.</param>
    /// <param name="isComplete">Whether the answer is complete.</param>
    /// <param name="cancellationToken">Cancels reading.</param>
    /// <param name="observe">Called with each delta; or null.</param>
    /// <exception cref="StoreUnavailableException">The store was unavailable for too long.</exception>
    /// <exception cref="FormatException">A record is damaged, or of an unknown version.</exception>
    public static async ValueTask<ChatStreamResult> CollectAsync(
        StoreCaller caller,
        string streamId,
        int pageBytes,
        bool isComplete,
        CancellationToken cancellationToken,
        Action<ChatDelta>? observe = null)
    {
        var collector = new AnswerCollector();
        var decoder = new RecordDecoder(caller, streamId);
        ChatStreamPosition position = ChatStreamPosition.Start;
        while (true)
        {
            ChatStreamPosition after = position;
            ChatStreamPage page = await caller.CallAsync(
                (store, token) => store.ReadAsync(streamId, after, pageBytes, token), cancellationToken).ConfigureAwait(false);
            foreach (ChatStreamRecord record in page.Records)
            {
                ChatDelta delta = await decoder.DecodeAsync(record, cancellationToken).ConfigureAwait(false);
                collector.Add(delta);
                observe?.Invoke(delta);
                position = record.Position;
            }

            if (page.Records.Count == 0) return collector.ToResult(isComplete);
        }
    }

    /// <summary>Reads the deltas from the first up to a position, merged.</summary>
    /// <exception cref="StoreUnavailableException">The store was unavailable for too long.</exception>
    /// <exception cref="FormatException">A record is damaged, or of an unknown version.</exception>
    public static async ValueTask<List<ChatDelta>> ReadUntilAsync(
        StoreCaller caller, string streamId, int pageBytes, ChatStreamPosition until, CancellationToken cancellationToken)
    {
        var deltas = new List<ChatDelta>();
        var decoder = new RecordDecoder(caller, streamId);
        for (ChatStreamPosition after = ChatStreamPosition.Start; after.Sequence < until.Sequence;)
        {
            ChatStreamPosition from = after;
            ChatStreamPage page = await caller.CallAsync(
                (store, token) => store.ReadAsync(streamId, from, pageBytes, token), cancellationToken).ConfigureAwait(false);
            ChatStreamRecord[] records = [.. page.Records.TakeWhile(record => record.Position.Sequence <= until.Sequence)];
            if (records.Length == 0) break; // the position is not valid
            foreach (ChatStreamItem item in await DecodeAsync(decoder, records, cancellationToken).ConfigureAwait(false))
                deltas.Add(item.Delta);
            after = records[^1].Position;
        }

        return deltas;
    }

    /// <summary>Decodes the records of a page, and merges the deltas.</summary>
    public static async ValueTask<List<ChatStreamItem>> DecodeAsync(
        RecordDecoder decoder, IReadOnlyList<ChatStreamRecord> records, CancellationToken cancellationToken)
    {
        var items = new List<ChatStreamItem>();
        var merger = new DeltaMerger();
        ChatStreamPosition position = default;
        foreach (ChatStreamRecord record in records)
        {
            ChatDelta delta = await decoder.DecodeAsync(record, cancellationToken).ConfigureAwait(false);
            if (!merger.TryAdd(delta))
            {
                items.Add(new ChatStreamItem(position, merger.Take()));
                merger.TryAdd(delta);
            }

            position = record.Position;
        }

        if (!merger.IsEmpty) items.Add(new ChatStreamItem(position, merger.Take()));
        return items;
    }
}
