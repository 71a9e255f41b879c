using LlmStream.Relay;

namespace LlmStream.Testing.Stores;

/// <summary>A stream as the contract describes it, with its state in the open. Time is the number of leases that have passed.</summary>
internal sealed class ModelStream(string conversation, string digest, string epoch, int now)
{
    public string Conversation { get; } = conversation;

    public string Digest { get; } = digest;

    /// <summary>The id that the store under test chose.</summary>
    public string Id { get; set; } = "";

    public List<(string Epoch, int First)> Epochs { get; } = [(epoch, 1)];

    public List<(string Epoch, string Text)> Records { get; } = [];

    public ChatStreamVerdict? Verdict { get; set; }

    public string EndText { get; set; } = "";

    public string Request { get; set; } = "";

    public bool IsStopRequested { get; set; }

    public bool MayContinue { get; set; } = true;

    public int Takeovers { get; set; }

    /// <summary>Whether the current producer has released the lease.</summary>
    public bool IsReleased { get; set; }

    /// <summary>Until when the lease is held. It has expired once more leases have passed than this.</summary>
    public int LeaseUntil { get; set; } = now;

    public string Epoch => Epochs[^1].Epoch;

    public int Last => Records.Count;

    public bool IsRunning => Verdict is null;

    public bool IsLeaseExpired(int now) => IsRunning && now > LeaseUntil;

    /// <summary>M16.</summary>
    public bool Has(string epoch, int sequence)
    {
        if (sequence < 0 || sequence > Last) return false;
        if (epoch.Length == 0) return true;
        int index = Epochs.FindIndex(e => e.Epoch == epoch);
        return index >= 0 && sequence >= Epochs[index].First - 1 && (index + 1 == Epochs.Count || sequence < Epochs[index + 1].First);
    }

    /// <summary>M9 to M14: what a write with an epoch does, before it is done.</summary>
    public ChatStreamWriteOutcome Check(string epoch) =>
        epoch != Epoch ? ChatStreamWriteOutcome.Fenced : IsRunning ? ChatStreamWriteOutcome.Written : ChatStreamWriteOutcome.Ended;

    /// <summary>M9 to M11.</summary>
    public ChatStreamWriteOutcome Append(
        string epoch, int first, IReadOnlyList<string> records, ChatStreamVerdict? verdict, string end, int now)
    {
        bool isRepeatedEnd = verdict is not null && !IsRunning && epoch == Epoch
            && first >= Epochs[^1].First && first + records.Count - 1 == Last;
        if (isRepeatedEnd) return ChatStreamWriteOutcome.Written;
        if (Check(epoch) is not ChatStreamWriteOutcome.Written and var refused) return refused;
        if (first < Epochs[^1].First) return ChatStreamWriteOutcome.Fenced;
        if (first > Last + 1) return ChatStreamWriteOutcome.Lost;
        foreach (string record in records.Skip(Last + 1 - first)) Records.Add((epoch, record));
        Renew(now);
        if (verdict is not { } ended) return ChatStreamWriteOutcome.Written;
        End(ended, end);
        return ChatStreamWriteOutcome.Written;
    }

    /// <summary>M19.</summary>
    public void End(ChatStreamVerdict verdict, string text)
    {
        Verdict = IsStopRequested && verdict == ChatStreamVerdict.Complete ? ChatStreamVerdict.Canceled : verdict;
        EndText = text;
        Request = "";
    }

    /// <summary>M18.</summary>
    public ChatStreamStopOutcome Stop(string? epoch, int now)
    {
        if (!IsRunning) return ChatStreamStopOutcome.Ended;
        if (epoch is not null && epoch != Epoch) return ChatStreamStopOutcome.EpochChanged;
        IsStopRequested = true;
        if (!IsLeaseExpired(now)) return ChatStreamStopOutcome.Requested;
        End(ChatStreamVerdict.Canceled, "");
        return ChatStreamStopOutcome.Canceled;
    }

    /// <summary>M21, M23, M24.</summary>
    public ChatStreamTakeoverOutcome TakeOver(string seen, string epoch, int maxTakeovers, int now)
    {
        if (!IsRunning) return ChatStreamTakeoverOutcome.Ended;
        if (epoch == Epoch) return ChatStreamTakeoverOutcome.Taken;
        if (seen != Epoch) return ChatStreamTakeoverOutcome.EpochChanged;
        if (!IsLeaseExpired(now)) return ChatStreamTakeoverOutcome.LeaseHeld;
        if (IsStopRequested)
        {
            End(ChatStreamVerdict.Canceled, "");
            return ChatStreamTakeoverOutcome.Canceled;
        }

        if (!IsReleased)
        {
            MayContinue = Takeovers < maxTakeovers;
            if (MayContinue) Takeovers++;
        }

        BeginEpoch(epoch, now);
        return ChatStreamTakeoverOutcome.Taken;
    }

    /// <summary>M21, M29.</summary>
    public void BeginEpoch(string epoch, int now)
    {
        Epochs.Add((epoch, Last + 1));
        Renew(now);
    }

    /// <summary>M13.</summary>
    public void Renew(int now)
    {
        LeaseUntil = now;
        IsReleased = false;
    }

    /// <summary>M24.</summary>
    public void Release(int now)
    {
        LeaseUntil = now - 1;
        IsReleased = true;
    }

    /// <summary>M29.</summary>
    public void Lose(int count)
    {
        Records.RemoveRange(Last - count, count);
        for (int i = 0; i < Epochs.Count; i++) Epochs[i] = (Epochs[i].Epoch, Math.Min(Epochs[i].First, Last + 1));
    }
}
