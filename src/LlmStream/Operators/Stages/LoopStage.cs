using LlmStream.Operators.Text;

namespace LlmStream.Operators.Stages;

/// <summary>Watches the text and the reasoning of one choice for loops.</summary>
internal sealed class LoopStage(LoopDetectionOptions options)
{
    private LoopDetector? _text;
    private LoopDetector? _reasoning;

    /// <summary>Reads the next delta.</summary>
    /// <returns>A description of the loop, or null.</returns>
    public string? Read(ChatDelta delta)
    {
        string? loop = null;
        if (delta.Text.Length > 0 || _text is not null) loop = (_text ??= new LoopDetector(options)).Read(delta.Text, delta.TextOffset);
        if (delta.ReasoningChange is { } reasoning)
            loop ??= (_reasoning ??= new LoopDetector(options)).Read(reasoning, delta.ReasoningOffset);
        return loop;
    }
}
