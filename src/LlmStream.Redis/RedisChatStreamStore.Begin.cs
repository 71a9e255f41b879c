using LlmStream.Redis.Scripts;
using LlmStream.Relay;
using StackExchange.Redis;

namespace LlmStream.Redis;

/// <summary>Beginning and stopping by conversation.</summary>
public sealed partial class RedisChatStreamStore
{
    // How often others may change a conversation between a read and a script; each of them has begun a stream meanwhile.
    private const int MaxAttempts = 100;

    // Streams of a conversation that may have expired are looked for when the next begins, this many at once.
    private const int MaxExpired = 64;

    /// <inheritdoc/>
    public async ValueTask<ChatStreamBeginResult> BeginAsync(
        ChatStreamBeginRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentException.ThrowIfNullOrEmpty(request.Owner, nameof(request));
        ArgumentException.ThrowIfNullOrEmpty(request.Conversation, nameof(request));
        ArgumentException.ThrowIfNullOrEmpty(request.Digest, nameof(request));
        string tag = StreamKeys.TagOf(request.Owner, request.Conversation);
        string epoch = request.Epoch.Length > 0 ? request.Epoch : StreamKeys.CreateEpoch();
        string? id = null;
        ChatStreamBeginResult? result = null;
        try
        {
            for (int attempt = 0; result is null && attempt < MaxAttempts; attempt++)
            {
                HashEntry[] known = await _server.CallAsync(
                    Operations.Begin, database => database.HashGetAllAsync(_keys.Conversation(tag)), cancellationToken)
                    .ConfigureAwait(false);
                string same = FieldOf(known, Fields.Digest + request.Digest);
                if (same.Length > 0)
                {
                    bool isLatest = same == FieldOf(known, Fields.Latest);
                    result = await TryJoinAsync(request, same, isLatest, cancellationToken).ConfigureAwait(false);
                    if (result is not null) break;
                }

                // Before it begins: a stream that is not in the index would not be taken over.
                if (id is null)
                {
                    id = StreamKeys.CreateStreamId(tag);
                    await AddToIndexAsync(id, cancellationToken).ConfigureAwait(false);
                }

                result = await TryBeginAsync(request, id, epoch, same, known, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (RedisServerException exception) when (RedisServer.IsOutOfMemory(exception))
        {
            result = new ChatStreamBeginResult { Outcome = ChatStreamBeginOutcome.StoreFull };
        }

        if (id is not null && result?.Lease?.StreamId != id) RemoveFromIndex(id);
        return result ?? throw new TimeoutException("The conversation was changed by others again and again.");
    }

    /// <inheritdoc/>
    public async ValueTask<ChatStreamStopOutcome> RequestStopAsync(
        string owner, string conversation, string digest, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(owner);
        ArgumentException.ThrowIfNullOrEmpty(conversation);
        ArgumentException.ThrowIfNullOrEmpty(digest);
        RedisKey key = _keys.Conversation(StreamKeys.TagOf(owner, conversation));
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            RedisValue known = await _server.CallAsync(
                Operations.Stop, database => database.HashGetAsync(key, Fields.Digest + digest), cancellationToken).ConfigureAwait(false);
            string id = (string?)known ?? "";
            RedisKey[] keys = id.Length > 0 ? KeysOf(id) : [key, key, key];
            RedisValue channel = id.Length > 0 ? _keys.ChannelName(id) : RedisValue.EmptyString;
            RedisResult result = await _server.EvaluateAsync(
                Operations.Stop,
                ConversationScripts.Stop,
                keys,
                ["", _lease, _running, _ended, channel, digest, id, Milliseconds(_options.StopRetention)],
                cancellationToken).ConfigureAwait(false);
            if (StopOutcomeOf(result) is not { } outcome) continue;
            if (outcome == ChatStreamStopOutcome.Canceled) RemoveFromIndex(id);
            return outcome;
        }

        throw new TimeoutException("The conversation was changed by others again and again.");
    }

    private static string FieldOf(HashEntry[] entries, string name)
    {
        foreach (HashEntry entry in entries)
        {
            if (entry.Name == name) return (string?)entry.Value ?? "";
        }

        return "";
    }

    /// <summary>The outcome of a script that stops; null if it has to be repeated.</summary>
    private static ChatStreamStopOutcome? StopOutcomeOf(RedisResult result) => (int)((RedisResult[])result!)[0] switch
    {
        0 => ChatStreamStopOutcome.Requested,
        1 => ChatStreamStopOutcome.Canceled,
        2 => ChatStreamStopOutcome.Ended,
        4 => ChatStreamStopOutcome.EpochChanged,
        5 => ChatStreamStopOutcome.Prevented,
        6 => null,
        _ => ChatStreamStopOutcome.NotFound,
    };

    /// <summary>Joins the stream with the digest of a request, or returns its lease to the producer that has begun it.</summary>
    /// <returns>Null if a stream is to be begun.</returns>
    private async ValueTask<ChatStreamBeginResult?> TryJoinAsync(
        ChatStreamBeginRequest request, string id, bool isLatest, CancellationToken cancellationToken)
    {
        (ChatStreamStatus? status, string firstEpoch) = await ReadStatusAsync(id, cancellationToken).ConfigureAwait(false);
        if (status is null) return null;
        if (request.Epoch == firstEpoch)
        {
            // A repetition. It begins nothing, whatever has happened since.
            return status.Verdict is null && status.Epoch == firstEpoch
                ? new ChatStreamBeginResult { Outcome = ChatStreamBeginOutcome.Begun, Lease = LeaseOf(status), Status = status }
                : new ChatStreamBeginResult { Outcome = ChatStreamBeginOutcome.Joined, Status = status };
        }

        bool isReplaced = (status.Verdict == ChatStreamVerdict.Error && isLatest)
            || (request.StartsAnew && (status.Verdict is not null || status.IsStopRequested));
        return isReplaced ? null : new ChatStreamBeginResult { Outcome = ChatStreamBeginOutcome.Joined, Status = status };

        static ChatStreamLease LeaseOf(ChatStreamStatus status) =>
            new() { StreamId = status.StreamId, Epoch = status.Epoch, LastSequence = status.LastSequence };
    }

    /// <returns>Null if the conversation has changed.</returns>
    private async ValueTask<ChatStreamBeginResult?> TryBeginAsync(
        ChatStreamBeginRequest request, string id, string epoch, string same, HashEntry[] known, CancellationToken cancellationToken)
    {
        string latest = FieldOf(known, Fields.Latest);
        RedisKey conversation = _keys.ConversationOf(id), stream = _keys.Stream(id);
        var keys = new List<RedisKey>
        {
            conversation,
            stream,
            same.Length > 0 ? _keys.Stream(same) : stream,
            latest.Length > 0 ? _keys.Stream(latest) : stream,
            latest.Length > 0 ? _keys.Records(latest) : stream,
        };
        var values = new List<RedisValue>
        {
            id, _lease, _running, _ended, request.Digest, same, latest, request.StartsAnew ? 1 : 0,
            request.Owner, request.Conversation, request.Metadata, epoch,
            latest.Length > 0 ? _keys.ChannelName(latest) : RedisValue.EmptyString,
        };
        AddExpired(known, same, latest, keys, values);
        RedisResult result = await _server.EvaluateAsync(
            Operations.Begin, ConversationScripts.Begin, [.. keys], [.. values], cancellationToken).ConfigureAwait(false);
        var fields = (RedisResult[])result!;
        switch ((int)fields[0])
        {
            case 0:
                return new ChatStreamBeginResult
                {
                    Outcome = ChatStreamBeginOutcome.Begun,
                    Lease = new ChatStreamLease { StreamId = id, Epoch = epoch },
                    SupersededStreamId = (int)fields[1] == 0 ? null : latest,
                    SupersededOutcome = (int)fields[1] switch
                    {
                        0 => null,
                        1 => ChatStreamStopOutcome.Requested,
                        _ => ChatStreamStopOutcome.Canceled,
                    },
                    Status = new ChatStreamStatus
                    {
                        StreamId = id,
                        Owner = request.Owner,
                        Conversation = request.Conversation,
                        Digest = request.Digest,
                        Metadata = request.Metadata,
                        Epoch = epoch,
                    },
                };
            case 2:
                return new ChatStreamBeginResult { Outcome = ChatStreamBeginOutcome.Stopped };
            default:
                return null; // also if it can be joined now: the next attempt reads its status
        }
    }

    /// <summary>Adds what of the conversation may have expired, to be removed by the way.</summary>
    private void AddExpired(HashEntry[] known, string same, string latest, List<RedisKey> keys, List<RedisValue> values)
    {
        int count = values.Count, start = Random.Shared.Next(Math.Max(1, known.Length));
        values.Add(0);
        var stops = new List<RedisValue>();
        int streams = 0;
        for (int i = 0; i < known.Length && streams + stops.Count < MaxExpired; i++)
        {
            HashEntry entry = known[(start + i) % known.Length];
            string name = (string)entry.Name!, id = (string)entry.Value!;
            if (name.StartsWith(Fields.Stop, StringComparison.Ordinal)) stops.Add(name[Fields.Stop.Length..]);
            if (!name.StartsWith(Fields.Digest, StringComparison.Ordinal) || id == same || id == latest) continue;
            keys.Add(_keys.Stream(id));
            values.Add(name[Fields.Digest.Length..]);
            values.Add(id);
            streams++;
        }

        values[count] = streams;
        values.AddRange(stops);
    }
}
