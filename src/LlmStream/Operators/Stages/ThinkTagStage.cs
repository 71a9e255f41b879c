using LlmStream.Operators.Text;

namespace LlmStream.Operators.Stages;

/// <summary>Moves what stands between think tags from a choice's text into its reasoning.</summary>
internal sealed class ThinkTagStage(ThinkTagOptions options) : TextStage
{
    private readonly ThinkTagParser _parser = new(options);
    private ChatDelta? _last;

    public override ChatDelta? Process(ChatDelta delta)
    {
        _last = delta;
        _parser.BeginOutput();
        int delivered = _parser.TextEnd;
        if (delta.ReasoningChange is not null) _parser.AddSeparateReasoning(delta.Reasoning, delta.ReasoningOffset);
        bool isUnchanged = _parser.Read(delta.Text, delta.TextOffset);
        isUnchanged &= _parser.Reasoning is null && _parser.TextStart == delta.TextOffset && _parser.ReasoningEnd == delta.ReasoningOffset;
        if (isUnchanged && delta.FinishReason is null) return delta;
        if (delta.FinishReason is not null) _parser.End();

        if (_parser.Text.Length == 0 && _parser.Reasoning is null && delta.IsTextOnly && _parser.TextStart >= delivered) return null;
        return new ChatDelta(delta)
        {
            Text = _parser.Text.ToString(),
            TextOffset = _parser.TextStart,
            ReasoningChange = _parser.Reasoning?.ToString(),
            ReasoningOffset = _parser.ReasoningStart,
        };
    }

    public override ChatDelta? Flush()
    {
        if (_last is null || !_parser.IsHolding) return null;
        _parser.BeginOutput();
        _parser.End();
        if (_parser.Text.Length == 0 && _parser.Reasoning is null) return null;
        return new ChatDelta(_last.WithOnlyText(_parser.Text.ToString(), _parser.TextStart))
        {
            ReasoningChange = _parser.Reasoning?.ToString(),
            ReasoningOffset = _parser.ReasoningStart,
        };
    }
}
