using System.Diagnostics;
using LlmStream.Relay;

namespace LlmStream.Redis.Reading;

/// <summary>
/// The last records of a stream that this node watches, so that its readers share one copy. What it has was stored; what it lacks is read
/// from the server. Not thread-safe.
/// </summary>
/// <remarks>
/// Invariant: <c>_records</c> are those with the numbers from <c>_first</c> on, without a gap; the last record of the stream, as far as is
/// known, has the number <c>_known</c>. It is used only for a short time after the server has confirmed it, and only by readers for whom
/// it has records: a reader that has them all asks the server.
/// </remarks>
internal sealed class StreamTail(int maxBytes, TimeProvider time)
{
    // How long a reader may get records that the server may have lost meanwhile. As often, readers poll.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly List<ChatStreamRecord> _records = [];
    private string? _epoch; // of the current producer; null if nothing is known
    private string? _epochBefore; // of the record before the first; null if it is not known
    private ChatStreamEnd? _end;
    private long _first;
    private long _known;
    private long _bytes;
    private long _confirmed;

    private long Last => _first + _records.Count - 1;

    /// <summary>Forgets everything, because something else than an append has happened.</summary>
    public void Clear()
    {
        _epoch = null;
        _end = null;
        _records.Clear();
        _bytes = 0;
    }

    /// <summary>Notes records that were appended.</summary>
    public void Append(RecordsMessage message)
    {
        bool isNext = _epoch == message.Epoch && message.FirstSequence <= _known + 1 && Last == _known;
        if (!isNext)
        {
            Begin(message.Epoch, message.FirstSequence, message.FirstSequence == 1 ? "" : null);
            _known = message.FirstSequence - 1;
        }

        long sequence = message.FirstSequence, last = Last;
        foreach (ReadOnlyMemory<byte> data in message.Records)
        {
            if (sequence > Last) Add(new ChatStreamRecord(new ChatStreamPosition(message.Epoch, sequence), data));
            sequence++;
        }

        if (Last == last) return; // an old message confirms nothing
        _known = Last;
        _confirmed = time.GetTimestamp();
    }

    /// <summary>Notes what the server returned to a reader.</summary>
    public void Merge(ChatStreamPosition after, ChatStreamPage page)
    {
        if (page.Gap is not null)
        {
            Clear();
            return;
        }

        bool isNext = _epoch == page.Epoch && after.Sequence >= _first - 1 && after.Sequence <= Last;
        if (isNext && page.LastSequence < _known) return; // older than what was appended since
        if (!isNext) Begin(page.Epoch, after.Sequence + 1, after.Sequence == 0 || after.Epoch.Length > 0 ? after.Epoch : null);
        foreach (ChatStreamRecord record in page.Records)
        {
            if (record.Position.Sequence > Last) Add(record);
        }

        _known = page.LastSequence;
        _end = page.End;
        _confirmed = time.GetTimestamp();
    }

    /// <summary>Reads the records after a position.</summary>
    /// <returns>Null if the server has to be asked.</returns>
    public ChatStreamPage? TryRead(ChatStreamPosition after, int pageBytes)
    {
        if (_epoch is null || time.GetElapsedTime(_confirmed) > MaxAge) return null;
        if (after.Sequence < _first - 1 || after.Sequence >= Last) return null;
        int start = (int)(after.Sequence - _first + 1), count = 0;
        string? epoch = start == 0 ? _epochBefore : _records[start - 1].Position.Epoch;
        for (long bytes = 0; start + count < _records.Count && bytes < pageBytes; count++) bytes += _records[start + count].Data.Length;

        // Another epoch may be valid too. The server knows them all.
        if (after.Epoch.Length > 0 && after.Epoch != epoch) return null;
        return new ChatStreamPage
        {
            Records = _records.GetRange(start, count),
            LastSequence = _known,
            Epoch = _epoch,
            End = start + count == _records.Count ? _end : null,
        };
    }

    private void Begin(string epoch, long first, string? epochBefore)
    {
        Clear();
        _epoch = epoch;
        _first = first;
        _epochBefore = epochBefore;
    }

    private void Add(ChatStreamRecord record)
    {
        Debug.Assert(record.Position.Sequence == Last + 1, "Records have no gap.");
        _records.Add(record);
        _bytes += record.Data.Length;
        if (_bytes <= maxBytes) return;

        // Half of it at once, because the rest is moved.
        int count = 0;
        for (; _bytes > maxBytes / 2; count++) _bytes -= _records[count].Data.Length;
        _epochBefore = _records[count - 1].Position.Epoch;
        _records.RemoveRange(0, count);
        _first += count;
    }
}
