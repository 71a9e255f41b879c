using LlmStream.Redis.Scripts;
using LlmStream.Relay;
using StackExchange.Redis;

namespace LlmStream.Redis;

/// <summary>
/// The index of running streams. It is in parts, which are spread over the nodes of a cluster, and cannot be changed together with a
/// stream: a stream is added before it begins, its producer refreshes its entry, and what is found is compared with the stream itself.
/// </summary>
public sealed partial class RedisChatStreamStore
{
    private const int MinCandidates = 128;

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ChatStreamStatus>> FindAbandonedAsync(
        int maxCount, CancellationToken cancellationToken = default)
    {
        RedisResult[] parts = await Task.WhenAll(Enumerable.Range(0, StreamKeys.IndexCount).Select(number => _server.EvaluateAsync(
            Operations.Index,
            IndexScripts.Find,
            [_keys.Index(number)],
            [Math.Max(maxCount, MinCandidates)],
            cancellationToken).AsTask())).ConfigureAwait(false);
        string[] candidates = [.. parts.SelectMany(part => (string[])part!)];
        if (candidates.Length == 0) return [];

        Random.Shared.Shuffle(candidates); // so that nodes do not all try the same
        bool[] areAbandoned = await Task.WhenAll(candidates.Select(id => CheckAsync(id, cancellationToken))).ConfigureAwait(false);
        var found = new List<ChatStreamStatus>();
        for (int i = 0; i < candidates.Length && found.Count < maxCount; i++)
        {
            if (!areAbandoned[i]) continue;
            ChatStreamStatus? status = await GetStatusAsync(candidates[i], cancellationToken).ConfigureAwait(false);
            if (status is { IsLeaseExpired: true }) found.Add(status);
        }

        return found;
    }

    /// <summary>Whether the lease of a stream has expired. If not, the index is corrected.</summary>
    private async Task<bool> CheckAsync(string id, CancellationToken cancellationToken)
    {
        RedisResult result = await _server.EvaluateAsync(
            Operations.Index, StreamScripts.Lease, [_keys.Stream(id)], [], cancellationToken).ConfigureAwait(false);
        switch ((long)result)
        {
            case 0:
                return true;
            case < 0:
                RemoveFromIndex(id);
                return false;
            case var remaining:
                await PostponeInIndexAsync(id, remaining, cancellationToken).ConfigureAwait(false);
                return false;
        }
    }

    private async ValueTask AddToIndexAsync(string id, CancellationToken cancellationToken) =>
        await _server.EvaluateAsync(
            Operations.Index, IndexScripts.Add, [_keys.IndexOf(id)], [id, _lease, _running, ""], cancellationToken).ConfigureAwait(false);

    private async ValueTask PostponeInIndexAsync(string id, long milliseconds, CancellationToken cancellationToken) =>
        await _server.EvaluateAsync(
            Operations.Index, IndexScripts.Add, [_keys.IndexOf(id)], [id, milliseconds, _running, "XX"], cancellationToken)
            .ConfigureAwait(false);

    /// <summary>Repeats what <see cref="AddToIndexAsync"/> did. If it fails, the producer does it again soon.</summary>
    private void RefreshInIndex(string id) => Forget(AddToIndexAsync(id, CancellationToken.None).AsTask());

    /// <summary>If it fails, the next search for abandoned streams removes the entry.</summary>
    private void RemoveFromIndex(string id) => Forget(_server.CallAsync(
        Operations.Index, database => database.SortedSetRemoveAsync(_keys.IndexOf(id), id), CancellationToken.None).AsTask());

    private static void Forget(Task task) => _ = task.ContinueWith(
        static failed => _ = failed.Exception,
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);
}
