using System.Text;

namespace LlmStream.AspNetCore.Wires.UIMessages;

/// <summary>What a step consists of, so that it can be sent again after <c>reset-step</c>.</summary>
internal sealed class UIStepRecord
{
    private List<Entry> _entries = [];

    public void Open(UIPartKind kind) => _entries.Add(new Entry { Kind = kind, Start = -1 });

    public void Append(UIPartKind kind, string piece, int offset)
    {
        Entry entry = _entries.FindLast(candidate => candidate.Kind == kind)!;
        if (entry.Start < 0) entry.Start = offset;
        entry.Text.Append(piece);
    }

    public void Sign(string signature) => _entries[^1].Signature = signature;

    public void Add(Action write) => _entries.Add(new Entry { Write = write });

    public void Add(UIToolCall call) => _entries.Add(new Entry { Call = call });

    public void Clear() => _entries.Clear();

    /// <summary>Removes a text from an offset on.</summary>
    /// <returns>
    /// False if it is not possible: the text began before the step, or the step has a complete call, which the browser may have run and
    /// would run again.
    /// </returns>
    public bool TryTruncate(UIPartKind kind, int offset)
    {
        if (_entries.Exists(entry => entry.Call is { IsComplete: true })) return false;
        Entry? first = _entries.Find(entry => entry.Kind == kind && entry.Start >= 0);
        if (first is null || offset < first.Start) return false;
        foreach (Entry entry in _entries)
        {
            if (entry.Kind == kind && entry.Start >= 0)
                entry.Text.Length = Math.Clamp(offset - entry.Start, 0, entry.Text.Length);
        }

        return true;
    }

    /// <summary>Removes all entries.</summary>
    public List<Entry> Take()
    {
        List<Entry> entries = _entries;
        _entries = [];
        return entries;
    }

    /// <summary>A part. One of a growing text, a call, and something else.</summary>
    internal sealed class Entry
    {
        public UIPartKind Kind { get; init; }

        /// <summary>The offset of the text; -1 if there is none.</summary>
        public int Start { get; set; } = -1;

        public StringBuilder Text { get; } = new();

        public string? Signature { get; set; }

        public UIToolCall? Call { get; init; }

        public Action? Write { get; init; }
    }
}
