using System.Buffers;
using Microsoft.Extensions.AI;

namespace LlmStream.AspNetCore.Wires.UIMessages;

/// <summary>Encodes one answer as a UI message stream. What goes where: <see cref="UIMessagesWire"/>.</summary>
internal sealed class UIMessageEncoder : WireEncoder
{
    private readonly WireContext _context;
    private readonly UIMessageChunks _chunks;
    private readonly UIMessageStep _step;
    private readonly UIToolCalls _calls;
    private readonly UIOtherContents _others;
    private readonly WireUsage _usage = new();
    private SentLength _text, _reasoning, _refusal;
    private ChatFinishReason? _finishReason;

    public UIMessageEncoder(IBufferWriter<byte> output, WireContext context)
        : base(output)
    {
        _context = context;
        _chunks = new UIMessageChunks(Events);
        _step = new UIMessageStep(_chunks);
        _calls = new UIToolCalls(_chunks, _step, context.MessageId);
        _others = new UIOtherContents(_chunks, _step, _calls);
    }

    /// <summary>Whether clients know <c>reset-step</c>.</summary>
    public bool CanReset { init => _step.CanReset = value; }

    /// <summary>Whether clients know <c>tool-approval-request</c>.</summary>
    public bool CanAskForApproval { init => _others.CanAskForApproval = value; }

    public override void Begin()
    {
        _chunks.WriteStart(_context.MessageId);
        if (_context.EarlierParts is { } parts) new UIEarlierParts(Events).Write(parts);
        _chunks.WriteStartStep();
    }

    public override void Add(ChatDelta delta)
    {
        _usage.Add(delta); // may have the index of any choice
        if (delta.ChoiceIndex != 0) return;
        if (delta.Seam is { } seam) _chunks.WriteSeam(seam);
        if (delta.Reasoning.Length > 0) AddText(UIPartKind.Reasoning, ref _reasoning, delta.Reasoning, delta.ReasoningOffset);
        AddText(UIPartKind.Text, ref _text, delta.Text, delta.TextOffset);
        if (delta.Refusal.Length > 0) AddText(UIPartKind.Refusal, ref _refusal, delta.Refusal, delta.RefusalOffset);
        if (delta.OtherContents.Count > 0) AddOthers(delta.OtherContents, areResults: false);
        IReadOnlyList<ToolCallDelta> fragments = delta.ToolCalls;
        for (int i = 0; i < fragments.Count; i++) _calls.Add(fragments[i], delta.Stream);
        // After the calls: an update of another client may hold a call and its result.
        if (delta.OtherContents.Count > 0) AddOthers(delta.OtherContents, areResults: true);
        // Several messages may be in one stream, each with its finish reason, and text may follow one: the last counts.
        _finishReason = delta.FinishReason ?? _finishReason;
    }

    public override void Complete()
    {
        _calls.Complete(isCutOff: _finishReason == ChatFinishReason.Length || _finishReason == ChatFinishReason.ContentFilter);
        _step.Close();
        _chunks.WriteFinishStep();
        _chunks.WriteFinish(_finishReason, _usage.Total);
        WriteDone();
    }

    public override void Fail(WireFailure failure)
    {
        _chunks.WriteError(failure.Message);
        WriteDone();
    }

    public override void Cancel()
    {
        if (_usage.Total is { } usage) _chunks.WriteMetadata(usage);
        _chunks.WriteAbort();
        WriteDone();
    }

    private void AddText(UIPartKind kind, ref SentLength sent, string piece, int offset)
    {
        if (!sent.TryAdvance(piece, offset))
        {
            _step.Rewrite(kind, offset, _calls);
            sent.Reset();
            sent.TryAdvance(piece, offset);
        }

        if (piece.Length > 0) _step.Append(kind, piece, offset);
    }

    private void AddOthers(IReadOnlyList<AIContent> contents, bool areResults)
    {
        foreach (AIContent content in contents)
        {
            if (content is FunctionResultContent result)
            {
                if (areResults) _calls.AddResult(result);
            }
            else if (!areResults)
            {
                _others.Add(content);
            }
        }
    }

    private void WriteDone() => Events.WriteData("[DONE]"u8);
}
