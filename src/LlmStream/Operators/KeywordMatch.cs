namespace LlmStream;

/// <summary>A keyword that was found in an answer. Immutable.</summary>
public sealed record KeywordMatch
{
    /// <summary>The keyword.</summary>
    public required string Keyword { get; init; }

    /// <summary>Where it begins in the choice's text, in UTF-16 code units.</summary>
    public int Offset { get; init; }

    /// <summary>The choice, from 0.</summary>
    public int ChoiceIndex { get; init; }
}
