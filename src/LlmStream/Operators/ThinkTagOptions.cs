namespace LlmStream;

/// <summary>Options of <see cref="ChatStreamExtensions.SplitThinkTags"/>.</summary>
public sealed record ThinkTagOptions
{
    /// <summary>
    /// Whether the answer begins inside the tag, because the opening tag is part of the prompt template. Default: <see langword="false"/>.
    /// Such an answer is recognised even so, but only when its closing tag arrives; with this option its reasoning is reasoning from the
    /// start.
    /// </summary>
    public bool StartsInside { get; init; }

    /// <summary>
    /// Whether an opening tag counts only at the start of the answer, after nothing but white space and other such blocks. Default:
    /// <see langword="false"/>, because some models resume reasoning in the middle of an answer.
    /// </summary>
    public bool OnlyAtStart { get; init; }
}
