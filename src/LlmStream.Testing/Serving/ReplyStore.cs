using System.Collections.Concurrent;

namespace LlmStream.Testing.Serving;

/// <summary>Stores replies that can be requested again, by id.</summary>
internal sealed class ReplyStore
{
    private readonly ConcurrentDictionary<string, (ScriptedRequest Request, Reply Reply)> _replies = new(StringComparer.Ordinal);

    public void Add(string id, ScriptedRequest request, Reply reply) => _replies[id] = (request, reply);

    public bool TryGet(string id, out (ScriptedRequest Request, Reply Reply) stored) => _replies.TryGetValue(id, out stored);
}
