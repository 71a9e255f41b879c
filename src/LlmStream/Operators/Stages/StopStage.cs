using LlmStream.Operators.Text;
using Microsoft.Extensions.AI;

namespace LlmStream.Operators.Stages;

/// <summary>Ends a choice before the first of some strings.</summary>
/// <remarks>
/// Invariant: all text up to <c>_end</c> has been delivered, but for its last <c>Depth(_state)</c> characters, which may begin one
/// of the strings. They need not be kept: the state knows them.
/// </remarks>
internal sealed class StopStage(AhoCorasick patterns) : TextStage
{
    private int _state = AhoCorasick.Root;
    private int _end;
    private ChatDelta? _last;

    public override ChatDelta? Take(ChatDelta delta)
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
        IsOver = match >= 0;
        int keep = IsOver ? patterns.Patterns[match].Length : delta.FinishReason is null ? patterns.Depth(_state) : 0;
        int count = held.Length + read - keep;
        if (delta.FinishReason is not null) _state = AhoCorasick.Root;

        if (held.IsEmpty && count == delta.Text.Length && !IsOver) return delta;
        if (count == 0 && offset >= before && delta.IsTextOnly && !IsOver) return null;
        string text = string.Concat(held[..Math.Min(count, held.Length)], delta.Text.AsSpan(0, Math.Max(0, count - held.Length)));
        return IsOver
            ? new ChatDelta(delta) { Text = text, TextOffset = offset, FinishReason = ChatFinishReason.Stop }
            : new ChatDelta(delta) { Text = text, TextOffset = offset };
    }

    public override ChatDelta? Rest()
    {
        ReadOnlySpan<char> held = patterns.Prefix(_state);
        return held.IsEmpty || _last is null ? null : _last.WithOnlyText(held.ToString(), _end - held.Length);
    }

    /// <summary>The text goes on elsewhere. What is held back up to there still counts; what was delivered cannot be looked at again.</summary>
    private void MoveTo(int offset)
    {
        ReadOnlySpan<char> held = patterns.Prefix(_state);
        int start = _end - held.Length;
        _end = offset;
        if (offset > start + held.Length) return; // left out on the way here: as if it had never been
        int state = AhoCorasick.Root;
        if (offset > start)
        {
            foreach (char c in held[..(offset - start)]) state = patterns.Step(state, c);
        }

        _state = state;
    }
}
