using System.Diagnostics;

namespace LlmStream.Chat;

/// <summary>The attempts of an answer, by number.</summary>
/// <remarks>
/// Thread-safe, because hedged attempts run at the same time. Invariant: each attempt that has begun is listed once, and one that has
/// ended does not change, except that what a cancelled one has cost is added when its connection is closed.
/// </remarks>
internal sealed class AttemptLog
{
    private readonly List<Entry> _entries = new(1);
    private int _count;

    /// <summary>The number of attempts that this call has begun.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The attempts that have ended, and one that has not.</summary>
    /// <param name="number">The number of that one; 0 for none.</param>
    public IReadOnlyList<ChatAttempt> EndedAnd(int number = 0)
    {
        lock (_entries)
        {
            // Nearly always there is one attempt.
            if (_entries is [var only]) return only.HasEnded || only.Attempt.Number == number ? [only.Attempt] : [];
            var attempts = new List<ChatAttempt>(_entries.Count);
            foreach (Entry entry in _entries)
            {
                if (entry.HasEnded || entry.Attempt.Number == number) attempts.Add(entry.Attempt);
            }

            return attempts;
        }
    }

    /// <summary>The attempts that have ended, without those of earlier calls.</summary>
    /// <param name="earlier">The number of attempts of earlier calls.</param>
    public IReadOnlyList<ChatAttempt> EndedAfter(int earlier)
    {
        IReadOnlyList<ChatAttempt> ended = EndedAnd();
        return earlier == 0 ? ended : [.. ended.Where(attempt => attempt.Number > earlier)];
    }

    /// <summary>Adds an attempt of an earlier call, whose answer this one continues.</summary>
    public void AddEarlier(ChatAttempt attempt)
    {
        lock (_entries) _entries.Add(new Entry(attempt, HasEnded: true));
    }

    /// <summary>Begins an attempt.</summary>
    /// <param name="earlier">The number of attempts of earlier calls.</param>
    /// <param name="provider">The name of the provider.</param>
    /// <param name="model">The model, or null.</param>
    /// <param name="isHedge">Whether another attempt is in progress.</param>
    public ChatAttempt Begin(int earlier, string provider, string? model, bool isHedge)
    {
        lock (_entries)
        {
            _count++;
            var attempt = new ChatAttempt { Number = earlier + _count, Provider = provider, Model = model, IsHedge = isHedge };
            _entries.Add(new Entry(attempt, HasEnded: false));
            return attempt;
        }
    }

    /// <summary>Ends an attempt. Has no effect if it has ended otherwise than by <see cref="CancelOthers"/>.</summary>
    public void End(ChatAttempt attempt)
    {
        lock (_entries)
        {
            int index = _entries.Count - 1; // nearly always there is one attempt
            while (_entries[index].Attempt.Number != attempt.Number) index--;
            Entry entry = _entries[index];
            if (!entry.HasEnded) _entries[index] = new Entry(attempt, HasEnded: true);
            else if (entry.IsOpen) _entries[index] = new Entry(attempt with { IsCanceled = true, Error = null }, HasEnded: true);
        }
    }

    /// <summary>Ends all attempts except one, because they are cancelled.</summary>
    public void CancelOthers(int number)
    {
        lock (_entries)
        {
            for (int i = 0; i < _entries.Count; i++)
            {
                (ChatAttempt attempt, bool hasEnded) = _entries[i];
                if (!hasEnded && attempt.Number != number)
                    _entries[i] = new Entry(attempt with { IsCanceled = true }, HasEnded: true) { IsOpen = true };
            }
        }
    }

    private readonly record struct Entry(ChatAttempt Attempt, bool HasEnded)
    {
        /// <summary>Whether it was cancelled, and its connection is not closed yet.</summary>
        public bool IsOpen { get; init; }
    }
}
