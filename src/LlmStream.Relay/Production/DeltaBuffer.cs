using LlmStream.Relay.Format;
using Microsoft.Extensions.AI;

namespace LlmStream.Relay.Production;

/// <summary>The deltas that a producer has read but not appended, merged. For one reader and one writer.</summary>
internal sealed class DeltaBuffer
{
    private const int DeltaOverhead = 24; // about what a record has besides the text

    private readonly object _lock = new();
    private readonly List<ChatDelta> _deltas = [];
    private readonly DeltaMerger _merger = new();
    private readonly AsyncSignal _taken = new();
    private int _bytes;
    private bool _isClosed;

    /// <summary>An estimate of the size of the deltas as records.</summary>
    public int Bytes
    {
        get { lock (_lock) return _bytes; }
    }

    /// <summary>Adds a delta.</summary>
    /// <returns>False if the buffer is closed.</returns>
    public bool Add(ChatDelta delta)
    {
        lock (_lock)
        {
            if (_isClosed) return false;
            _bytes += SizeOf(delta);
            if (_merger.TryAdd(delta)) return true;
            _deltas.Add(_merger.Take());
            _merger.TryAdd(delta);
            return true;
        }
    }

    /// <summary>Takes all deltas.</summary>
    public List<ChatDelta> TakeAll()
    {
        lock (_lock)
        {
            List<ChatDelta> taken = [.. _deltas];
            if (!_merger.IsEmpty) taken.Add(_merger.Take());
            _deltas.Clear();
            _bytes = 0;
            _taken.Set();
            return taken;
        }
    }

    /// <summary>Waits until the deltas have been taken.</summary>
    public Task WaitForRoomAsync(CancellationToken cancellationToken) => _taken.WaitAsync(cancellationToken);

    /// <summary>Lets nothing more be added.</summary>
    public void Close()
    {
        lock (_lock) _isClosed = true;
        _taken.Set();
    }

    private static int SizeOf(ChatDelta delta)
    {
        int size = DeltaOverhead + Utf8Length(delta.Text) + Utf8Length(delta.Reasoning) + delta.Refusal.Length;
        foreach (ToolCallDelta fragment in delta.ToolCalls) size += DeltaOverhead + fragment.Arguments.Length;
        foreach (AIContent content in delta.OtherContents)
            size += content is DataContent data ? data.Data.Length * 4 / 3 : 256;
        return size + (delta.Raw?.Data.Length ?? 0);
    }

    private static int Utf8Length(string text) => text.Length == 0 ? 0 : System.Text.Encoding.UTF8.GetByteCount(text);
}
