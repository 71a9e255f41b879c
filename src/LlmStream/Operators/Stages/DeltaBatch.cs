using System.Text;

namespace LlmStream.Operators.Stages;

/// <summary>Joins deltas of one choice that follow each other into one.</summary>
/// <remarks>
/// The joined delta is a copy of the one among them that has more than text and reasoning, so that whatever that has is kept. Two
/// such are joined only where all they have is tool calls.
/// </remarks>
internal sealed class DeltaBatch
{
    private readonly Channel _text = new();
    private readonly Channel _reasoning = new();
    private List<ToolCallDelta>? _toolCalls;
    private ChatDelta? _base;
    private ChatDelta? _last;
    private int _count;

    public bool IsEmpty => _count == 0;

    /// <summary>Adds a delta, unless it cannot be joined to those that are there.</summary>
    public bool TryAdd(ChatDelta delta)
    {
        if (_base is null)
        {
            _text.Begin(delta.TextOffset);
            _base = delta;
        }
        else
        {
            if (delta.Seam is not null) return false; // it stands on the first delta after the seam
            if (delta.TextOffset > _text.End || (delta.Reasoning is not null && _reasoning.HasBegun && delta.ReasoningOffset > _reasoning.End)) return false;
            if (delta.IsPlain || _base.IsPlain) _base = _base.IsPlain ? delta : _base;
            else if (!delta.HasOnlyToolCalls || !_base.HasOnlyToolCalls) return false;
        }

        _count++;
        _last = delta;
        _text.Put(delta.Text, delta.TextOffset);
        if (delta.Reasoning is not null)
        {
            if (!_reasoning.HasBegun) _reasoning.Begin(delta.ReasoningOffset);
            _reasoning.Put(delta.Reasoning, delta.ReasoningOffset);
        }

        if (delta.ToolCalls.Count > 0) (_toolCalls ??= []).AddRange(delta.ToolCalls);
        return true;
    }

    /// <summary>The joined delta; the batch is empty then.</summary>
    public ChatDelta Take()
    {
        ChatDelta joined = _count == 1 ? _last! : new ChatDelta(_base!)
        {
            Text = _text.Content.ToString(),
            TextOffset = _text.Start,
            Reasoning = _reasoning.HasBegun ? _reasoning.Content.ToString() : null,
            ReasoningOffset = _reasoning.HasBegun ? _reasoning.Start : _last!.ReasoningOffset,
            ToolCalls = _toolCalls ?? (IReadOnlyList<ToolCallDelta>)[],
            Stream = _last!.Stream,
        };
        _text.Clear();
        _reasoning.Clear();
        _toolCalls = null;
        _base = _last = null;
        _count = 0;
        return joined;
    }

    private sealed class Channel
    {
        public StringBuilder Content { get; } = new();

        public bool HasBegun { get; private set; }

        public int Start { get; private set; }

        public int End => Start + Content.Length;

        public void Begin(int offset)
        {
            HasBegun = true;
            Start = offset;
        }

        /// <summary>Puts a piece where it begins: at the end, or further back where the server took something back.</summary>
        public void Put(string text, int offset)
        {
            if (offset < Start) Start = offset;
            Content.Length = offset - Start;
            Content.Append(text);
        }

        public void Clear()
        {
            Content.Clear();
            HasBegun = false;
        }
    }
}
