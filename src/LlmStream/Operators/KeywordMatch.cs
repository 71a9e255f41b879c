namespace LlmStream;

/// <summary>A keyword that was found in an answer. Immutable.</summary>
/// <param name="Keyword">The keyword.</param>
/// <param name="Offset">Where it begins in the choice's text, in UTF-16 code units.</param>
/// <param name="ChoiceIndex">The choice, from 0.</param>
public sealed record KeywordMatch(string Keyword, int Offset, int ChoiceIndex);
