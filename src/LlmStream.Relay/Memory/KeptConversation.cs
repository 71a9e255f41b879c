namespace LlmStream.Relay.Memory;

/// <summary>The streams of a conversation that are kept, and the stops that came before their streams. Not thread-safe.</summary>
internal sealed class KeptConversation
{
    private readonly Dictionary<string, KeptStream> _byDigest = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TimeSpan> _stops = new(StringComparer.Ordinal);

    public KeptStream? Latest { get; private set; }

    public bool IsForgotten { get; set; }

    public bool IsEmpty => _byDigest.Count == 0 && _stops.Count == 0;

    public KeptStream? Find(string digest) => _byDigest.GetValueOrDefault(digest);

    /// <summary>Joins the stream with the digest of a request, or returns its lease to the producer that has begun it.</summary>
    /// <returns>Null if a stream is to be begun.</returns>
    public ChatStreamBeginResult? TryJoin(ChatStreamBeginRequest request, TimeSpan now)
    {
        if (Find(request.Digest) is not { } stream || stream.GetStatus(now) is not { } status) return null;
        if (stream.FirstEpoch == request.Epoch)
        {
            // A repetition. It begins nothing, whatever has happened since.
            ChatStreamLease? lease = status.Verdict is null && status.Epoch == request.Epoch ? stream.CreateLease() : null;
            ChatStreamBeginOutcome outcome = lease is null ? ChatStreamBeginOutcome.Joined : ChatStreamBeginOutcome.Begun;
            return new ChatStreamBeginResult { Outcome = outcome, Lease = lease, Status = status };
        }

        // One that failed is retried by its request, but a request that is delivered late must not supersede a later turn.
        bool isReplaced = (status.Verdict == ChatStreamVerdict.Error && ReferenceEquals(stream, Latest))
            || (request.StartsAnew && (status.Verdict is not null || status.IsStopRequested));
        return isReplaced ? null : new ChatStreamBeginResult { Outcome = ChatStreamBeginOutcome.Joined, Status = status };
    }

    public void Add(KeptStream stream)
    {
        _byDigest[stream.Digest] = stream;
        Latest = stream;
        IsForgotten = false;
    }

    public void Remove(KeptStream stream)
    {
        if (ReferenceEquals(Latest, stream)) Latest = null;
        if (ReferenceEquals(Find(stream.Digest), stream)) _byDigest.Remove(stream.Digest);
    }

    /// <returns>False if there was one already, which is extended.</returns>
    public bool AddStop(string digest, TimeSpan until)
    {
        bool isNew = !_stops.ContainsKey(digest);
        _stops[digest] = until;
        return isNew;
    }

    public bool IsStopped(string digest, TimeSpan now) => _stops.TryGetValue(digest, out TimeSpan until) && now < until;

    /// <returns>How many were removed.</returns>
    public int RemoveExpiredStops(TimeSpan now)
    {
        int count = _stops.Count;
        foreach ((string digest, TimeSpan until) in _stops)
        {
            if (now >= until) _stops.Remove(digest);
        }

        return count - _stops.Count;
    }
}
