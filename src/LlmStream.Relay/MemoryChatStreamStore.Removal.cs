using LlmStream.Relay.Memory;

namespace LlmStream.Relay;

/// <summary>What has expired, and what makes room for others.</summary>
public sealed partial class MemoryChatStreamStore
{
    private bool TryTake(long bytes)
    {
        while (!_budget.TryTake(bytes))
        {
            if (!MakeRoom()) return false;
        }

        return true;
    }

    private void StartSweeping()
    {
        if (_isSweeping) return;
        _isSweeping = true;
        _sweeper.Change(_sweepInterval, _sweepInterval);
    }

    private void Sweep()
    {
        TimeSpan now = Now;
        foreach (KeptStream stream in _streams.Values)
        {
            if (stream.IsExpired(now)) Remove(stream);
        }

        lock (_index)
        {
            foreach (((string, string) key, KeptConversation conversation) in _conversations)
            {
                _budget.Return(conversation.RemoveExpiredStops(now) * (long)MemoryBudget.StopSize);
                if (conversation.IsEmpty) _conversations.Remove(key);
            }

            if (_conversations.Count > 0 || !_streams.IsEmpty || _isDisposed) return;
            _isSweeping = false;
            _sweeper.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void Remove(KeptStream stream)
    {
        lock (_index)
        {
            if (!_streams.TryRemove(stream.Id, out _)) return;
            _running.TryRemove(stream.Id, out _);
            if (_conversations.TryGetValue(stream.Key, out KeptConversation? conversation))
            {
                conversation.Remove(stream);
                if (conversation.IsEmpty) _conversations.Remove(stream.Key);
            }
        }

        stream.Remove();
    }

    /// <summary>Removes the oldest stream that has ended and is not being read. Never called with the lock of a stream.</summary>
    /// <returns>False if there is none.</returns>
    private bool MakeRoom()
    {
        KeptStream? oldest = null;
        TimeSpan since = TimeSpan.MaxValue;
        foreach (KeptStream stream in _streams.Values)
        {
            if (stream.RemovableSince() is not { } expiry || expiry >= since) continue;
            oldest = stream;
            since = expiry;
        }

        if (oldest is null) return false;
        Remove(oldest);
        return true;
    }
}
