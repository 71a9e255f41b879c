using LlmStream.Operators.Text;

namespace LlmStream.Operators.Stages;

/// <summary>Divides the deltas of one choice into the parts inside and outside its code blocks.</summary>
internal sealed class FenceStage
{
    private readonly List<FenceToken> _tokens = [];
    private readonly FenceParser _parser;
    private ChatDelta? _last;

    public FenceStage() => _parser = new FenceParser(_tokens);

    public FencedPart[] Process(ChatDelta delta)
    {
        _last = delta;
        int before = _parser.DeliveredEnd;
        _parser.Read(delta.Text, delta.TextOffset);
        if (delta.FinishReason is not null) _parser.End();
        if (_tokens.Count == 0 && (!delta.IsTextOnly || _parser.DeliveredEnd < before))
            _tokens.Add(new FenceToken(FencedPartKind.Text, "", _parser.DeliveredEnd, "", ""));
        return TakeParts(delta, isFlush: false);
    }

    /// <summary>The parts that are still held back when the source has ended.</summary>
    public FencedPart[] Flush()
    {
        if (_last is null) return [];
        _parser.End();
        return TakeParts(_last, isFlush: true);
    }

    private FencedPart[] TakeParts(ChatDelta delta, bool isFlush)
    {
        var parts = new FencedPart[_tokens.Count];
        for (int i = 0; i < parts.Length; i++)
        {
            FenceToken token = _tokens[i];
            bool isFirst = !isFlush && i == 0, isLast = !isFlush && i == parts.Length - 1;
            bool isWhole = isFirst && isLast && token.Offset == delta.TextOffset && token.Raw == delta.Text;
            ChatDelta slice = isWhole ? delta : delta.Slice(token.Raw, token.Offset, isFirst, isLast);
            parts[i] = new FencedPart(token.Kind, token.Text, token.Info, slice);
        }

        _tokens.Clear();
        return parts;
    }
}
