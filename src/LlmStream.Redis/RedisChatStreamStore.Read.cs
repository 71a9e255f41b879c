using System.Globalization;
using LlmStream.Redis.Diagnostics;
using LlmStream.Redis.Scripts;
using LlmStream.Redis.Signals;
using LlmStream.Relay;
using StackExchange.Redis;

namespace LlmStream.Redis;

/// <summary>Reading.</summary>
public sealed partial class RedisChatStreamStore
{
    private const int RecordsOfPage = 6; // after the fields of a page

    /// <inheritdoc/>
    public async ValueTask<ChatStreamPage> ReadAsync(
        string streamId, ChatStreamPosition after, int maxBytes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(streamId);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxBytes);
        cancellationToken.ThrowIfCancellationRequested();
        if (!StreamKeys.IsStreamId(streamId)) return new ChatStreamPage { Gap = ChatStreamGap.NotFound };
        if (_hub.FindStream(streamId) is not { } stream)
        {
            Instruments.PageRead("server");
            return await ReadFromServerAsync(streamId, after, maxBytes, cancellationToken).ConfigureAwait(false);
        }

        if (stream.TryRead(after, maxBytes) is { } kept)
        {
            Instruments.PageRead("memory");
            return kept;
        }

        (ChatStreamPage page, bool isShared) = await stream.Reads.ReadAsync(
            after, maxBytes, () => ReadAndKeepAsync(stream, streamId, after, maxBytes), cancellationToken).ConfigureAwait(false);
        Instruments.PageRead(isShared ? "shared" : "server");
        return page;
    }

    private async Task<ChatStreamPage> ReadAndKeepAsync(WatchedStream stream, string id, ChatStreamPosition after, int maxBytes)
    {
        // Not cancelled by one of the readers that share it.
        long messages = stream.Messages;
        ChatStreamPage page = await ReadFromServerAsync(id, after, maxBytes, CancellationToken.None).ConfigureAwait(false);
        stream.Keep(after, page, messages);
        return page;
    }

    private async ValueTask<ChatStreamPage> ReadFromServerAsync(
        string streamId, ChatStreamPosition after, int maxBytes, CancellationToken cancellationToken)
    {
        RedisResult result = await _server.EvaluateAsync(
            Operations.Read,
            StreamScripts.Read,
            [_keys.Stream(streamId), _keys.Records(streamId)],
            [after.Sequence, after.Epoch, maxBytes],
            cancellationToken).ConfigureAwait(false);
        var fields = (RedisResult[])result!;
        switch ((int)fields[0])
        {
            case 1: return new ChatStreamPage { Gap = ChatStreamGap.NotFound };
            case 2: return new ChatStreamPage { Gap = ChatStreamGap.PositionLost };
            default: break;
        }

        List<(string Id, long First)> epochs = EpochsOf((string)fields[3]!);
        var records = new ChatStreamRecord[fields.Length - RecordsOfPage];
        int epoch = 0;
        for (int i = 0; i < records.Length; i++)
        {
            long sequence = after.Sequence + 1 + i;
            while (epoch + 1 < epochs.Count && epochs[epoch + 1].First <= sequence) epoch++;
            records[i] = new ChatStreamRecord(
                new ChatStreamPosition(epochs[epoch].Id, sequence), (byte[]?)fields[RecordsOfPage + i] ?? []);
        }

        ChatStreamVerdict? verdict = VerdictOf(fields[4]);
        return new ChatStreamPage
        {
            Records = records,
            LastSequence = (long)fields[1],
            IsLeaseExpired = (int)fields[2] == 1,
            Epoch = epochs[^1].Id,
            End = verdict is { } ended ? new ChatStreamEnd(ended, (byte[]?)fields[5] ?? []) : null,
        };
    }

    /// <summary>Reads a list of epochs, each with the number of its first record.</summary>
    private static List<(string Id, long First)> EpochsOf(string text)
    {
        var epochs = new List<(string, long)>(1);
        foreach (string part in text.Split(' '))
        {
            int colon = part.IndexOf(':', StringComparison.Ordinal);
            epochs.Add((part[..colon], long.Parse(part.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture)));
        }

        return epochs;
    }
}
