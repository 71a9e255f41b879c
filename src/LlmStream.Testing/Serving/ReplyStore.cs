using System.Collections.Concurrent;

namespace LlmStream.Testing.Serving;

/// <summary>A reply that can be requested again.</summary>
/// <param name="Request">The request that it answered.</param>
/// <param name="Reply">The reply.</param>
/// <param name="Created">The timestamp of its creation.</param>
internal sealed record StoredReply(ScriptedRequest Request, Reply Reply, long Created);

/// <summary>Stores replies that can be requested again, by id.</summary>
internal sealed class ReplyStore
{
    private readonly ConcurrentDictionary<string, StoredReply> _replies = new(StringComparer.Ordinal);

    public void Add(string id, StoredReply reply) => _replies[id] = reply;

    public StoredReply? Find(string id) => _replies.GetValueOrDefault(id);
}
