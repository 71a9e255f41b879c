using System.Diagnostics;
using LlmStream.Operators.Text;
using Microsoft.Extensions.AI;

namespace LlmStream.Operators.Stages;

/// <summary>Ends a choice before the first stop string.</summary>
/// <remarks>
/// Invariant: the text up to <c>_end</c> has been delivered except for its last <c>Depth(_state)</c> characters, which may begin a
/// stop string. They are not stored: the state implies them.
/// </remarks>
internal sealed class StopStage(AhoCorasick patterns) : TextStage
{
    private int _state = AhoCorasick.Root;
    private int _end;
    private ChatDelta? _last;

    public override ChatDelta? Process(ChatDelta delta)
    {
        _last = delta;
        int before = _end - patterns.Depth(_state);
        if (delta.TextOffset != _end) MoveTo(delta.TextOffset);
        ReadOnlySpan<char> held = patterns.Prefix(_state);
        int offset = _end - held.Length;

        int read = 0, match = -1;
        while (read < delta.Text.Length && match < 0)
        {
            if (_state == AhoCorasick.Root) read += patterns.SkipFromRoot(delta.Text, read);
            if (read == delta.Text.Length) break;
            _state = patterns.Step(_state, delta.Text[read++]);
            match = patterns.Match(_state);
        }

        _end += read;
        IsStopped = match >= 0;
        int keep = IsStopped ? patterns.Patterns[match].Length : delta.FinishReason is null ? patterns.Depth(_state) : 0;
        int count = held.Length + read - keep;
        Debug.Assert(count >= 0, "A match and a held back prefix lie within the text that has not been delivered.");
        if (delta.FinishReason is not null) _state = AhoCorasick.Root;

        if (held.IsEmpty && count == delta.Text.Length && !IsStopped) return delta;
        if (count == 0 && offset >= before && delta.IsTextOnly && !IsStopped) return null;
        string text = string.Concat(held[..Math.Min(count, held.Length)], delta.Text.AsSpan(0, Math.Max(0, count - held.Length)));
        return IsStopped
            ? new ChatDelta(delta) { Text = text, TextOffset = offset, FinishReason = ChatFinishReason.Stop }
            : new ChatDelta(delta) { Text = text, TextOffset = offset };
    }

    public override ChatDelta? Flush()
    {
        ReadOnlySpan<char> held = patterns.Prefix(_state);
        return held.IsEmpty || _last is null ? null : _last.WithOnlyText(held.ToString(), _end - held.Length);
    }

    /// <summary>Continues at another offset. Held back text before it still counts; delivered text cannot be searched again.</summary>
    private void MoveTo(int offset)
    {
        ReadOnlySpan<char> held = patterns.Prefix(_state);
        int start = _end - held.Length;
        _end = offset;
        if (offset > start + held.Length) return; // deltas were dropped before this operator: as if the gap did not exist
        int state = AhoCorasick.Root;
        if (offset > start)
        {
            foreach (char c in held[..(offset - start)]) state = patterns.Step(state, c);
        }

        _state = state;
    }
}
