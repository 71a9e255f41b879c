namespace LlmStream.Answers;

/// <summary>The texts of a choice.</summary>
internal enum ChoiceText
{
    Text,
    Reasoning,
    Refusal,
}
