namespace LlmStream.AspNetCore.Wires.OpenAI;

/// <summary>The texts of a choice that grow. Their numbers are indexes.</summary>
internal enum OpenAIText
{
    Content,
    Reasoning,
    Refusal,
}
