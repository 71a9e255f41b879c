using LlmStream.Json;

namespace LlmStream.Answers;

/// <content>What is done with the complete form of a text or of arguments, which some formats send after its pieces.</content>
internal sealed partial class ChoiceBuilder
{
    /// <summary>One of the texts as far as it was received; null if nothing came.</summary>
    public GrowingText? TextOf(ChoiceText kind) => kind switch
    {
        ChoiceText.Text => _text.Text,
        ChoiceText.Reasoning => _reasoning.Text,
        _ => _refusal.Text,
    };

    /// <summary>Replaces the end of one of the texts, or appends to it: see <see cref="GrowingText.ReplaceEnd"/>.</summary>
    public void ReplaceEnd(ChoiceText kind, int start, ReadOnlySpan<char> end)
    {
        recorder.Discard();
        switch (kind)
        {
            case ChoiceText.Text:
                _eventHasText = true;
                _text.Open(mode, options.MaxAnswerCharacters, "The text");
                _order.AddText(_text.ReplaceEnd(start, end));
                break;
            case ChoiceText.Reasoning:
                _reasoning.Open(mode, options.MaxAnswerCharacters, "The reasoning");
                _order.AddReasoning(_reasoning.ReplaceEnd(start, end));
                break;
            default:
                _refusal.Open(mode, options.MaxAnswerCharacters, "The refusal");
                _refusal.ReplaceEnd(start, end);
                break;
        }
    }

    /// <inheritdoc cref="ToolCallList.HasArguments"/>
    public bool HasArguments(int providerIndex, ReadOnlySpan<byte> raw, bool escaped) =>
        _tools is not null && _tools.HasArguments(providerIndex, raw, escaped);

    /// <inheritdoc cref="ToolCallList.ReplaceArguments"/>
    public void ReplaceArguments(int providerIndex, string arguments)
    {
        recorder.Discard();
        _tools?.ReplaceArguments(providerIndex, arguments);
    }

    /// <summary>Whether the reasoning so far ends with this JSON string, which is long enough not to be repeated by chance.</summary>
    public bool ReasoningEndsWith(in JoinedText text)
    {
        const int MinRepeatLength = 16;
        if (_reasoning.Text is not { } known || text.Raw.IsEmpty || text.Raw.Length / 6 > known.ReceivedLength) return false;
        string wanted = JsonText.DecodeWhole(text.Raw, text.IsEscaped);
        int start = known.ReceivedLength - wanted.Length;
        return start >= 0 && (start == 0 || wanted.Length >= MinRepeatLength) && known.Received(start, wanted.Length).SequenceEqual(wanted);
    }
}
