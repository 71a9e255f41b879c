using System.Collections.Concurrent;

namespace LlmStream.Testing.Serving;

/// <summary>The answers that can be asked for again, by their ids.</summary>
internal sealed class KeptReplies
{
    private readonly ConcurrentDictionary<string, (ScriptedRequest Request, Reply Reply)> _byId = new(StringComparer.Ordinal);

    public void Keep(string id, ScriptedRequest request, Reply reply) => _byId[id] = (request, reply);

    public bool TryFind(string id, out (ScriptedRequest Request, Reply Reply) kept) => _byId.TryGetValue(id, out kept);
}
