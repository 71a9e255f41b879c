using LlmStream.Answers;
using LlmStream.Answers.Templates;
using LlmStream.Json;

namespace LlmStream.Dialects.Anthropic;

/// <content>Events that are recognized by templates of other streams.</content>
internal sealed partial class AnthropicDecoder
{
    protected override bool DescribesEvents => true;

    protected override SharedTemplate? Describe(string eventType, ReadOnlySpan<byte> json) =>
        new AnthropicEventForm(Dialect).TryCreate(eventType, json);

    protected override bool MayApply(in SharedMatch match)
    {
        if (match.Template.Effect is SharedEffect.BeginMessage) return Answer.Info.Id is null; // otherwise it may be another one
        int index = match.Find(TemplateSlotKind.BlockIndex);
        if (index >= 0 && match.Values[index].Number > int.MaxValue) return false;
        if (match.Template.HasArguments) return BlockOf(match) is { Kind: AnthropicBlockKind.Call or AnthropicBlockKind.Opaque };
        return match.Find(TemplateSlotKind.Signature) < 0 || BlockOf(match) is { Kind: AnthropicBlockKind.Thinking };
    }

    protected override void Apply(in SharedMatch match)
    {
        SharedTemplate template = match.Template;
        SharedEffect effect = template.Effect;
        if (effect is not SharedEffect.None) Answer.Recorder.Forget();
        HasUnderstood = true;
        _hasBegun |= effect is not (SharedEffect.EndBlock or SharedEffect.EndAnswer);
        ChoiceBuilder choice = Answer.EditChoice(0);
        switch (effect)
        {
            case SharedEffect.None:
                Continue(choice, match);
                break;
            case SharedEffect.BeginText:
                _blocks.Begin(choice, new AnthropicBlock(IndexOf(match), choice.TextLength) { Kind = AnthropicBlockKind.Text });
                break;
            case SharedEffect.BeginReasoning:
                _blocks.Begin(choice, new AnthropicBlock(IndexOf(match), choice.TextLength) { Kind = AnthropicBlockKind.Thinking });
                break;
            case SharedEffect.BeginCall:
                _blocks.Begin(choice, new AnthropicBlock(IndexOf(match), choice.TextLength)
                {
                    Kind = AnthropicBlockKind.Call,
                    Id = match.Find(TemplateSlotKind.CallId) is >= 0 and var id ? match.Name(id) : null,
                    Name = match.Find(TemplateSlotKind.CallName) is >= 0 and var name ? match.Name(name) : null,
                });
                break;
            case SharedEffect.EndBlock:
                _blocks.Stop(choice, IndexOf(match));
                break;
            case SharedEffect.EndAnswer:
                End();
                break;
            default: // the message
                if (template.Finish is { } reason) FinishMessage(choice, reason);
                ApplyInOrder(match);
                break;
        }
    }

    protected override ToolCallTarget? CallOf(in SharedMatch match) =>
        match.Template.HasArguments && BlockOf(match) is { Kind: AnthropicBlockKind.Call } block
            ? new ToolCallTarget(block.Call, StatedIndex: null, Id: null, Name: null, Position: 0)
            : null;

    private AnthropicBlock? BlockOf(in SharedMatch match) => _blocks.Find(IndexOf(match));

    private static int IndexOf(in SharedMatch match) =>
        match.Find(TemplateSlotKind.BlockIndex) is >= 0 and var slot ? (int)match.Values[slot].Number : AnthropicBlocks.Latest;

    /// <summary>Adds the pieces of a delta to its block.</summary>
    private void Continue(ChoiceBuilder choice, in SharedMatch match)
    {
        ReadOnlySpan<TemplateSlot> slots = match.Slots;
        for (int i = 0; i < slots.Length; i++)
        {
            bool isEscaped = match.Values[i].IsEscaped;
            switch (slots[i].Kind)
            {
                case TemplateSlotKind.Text:
                    choice.AddText(match.Raw(i), isEscaped);
                    break;
                case TemplateSlotKind.Reasoning:
                    choice.AddReasoning(match.Raw(i), isEscaped);
                    break;
                case TemplateSlotKind.Arguments:
                    AnthropicBlock block = BlockOf(match)!;
                    if (block.Kind is AnthropicBlockKind.Opaque) AnthropicBlocks.AddInput(choice, block, match.Raw(i), isEscaped);
                    else AnthropicBlocks.AddArguments(choice, block, match.Raw(i), isEscaped, match.Values[i].Start);
                    break;
                case TemplateSlotKind.Signature:
                    AnthropicBlocks.AddSignature(choice, BlockOf(match)!, JsonText.DecodeWhole(match.Raw(i), isEscaped));
                    break;
            }
        }
    }
}
