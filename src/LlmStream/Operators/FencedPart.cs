namespace LlmStream;

/// <summary>The kind of a <see cref="FencedPart"/>.</summary>
public enum FencedPartKind
{
    /// <summary>Text outside code blocks, as it arrived: a part of a line, or several lines.</summary>
    Text,

    /// <summary>The start of a code block.</summary>
    Opened,

    /// <summary>One whole line of a code block.</summary>
    Line,

    /// <summary>The end of the code block.</summary>
    Closed,
}

/// <summary>A part of an answer, inside or outside its code blocks. Immutable.</summary>
public sealed class FencedPart
{
    internal FencedPart(FencedPartKind kind, string text, string info, ChatDelta delta)
    {
        Kind = kind;
        Text = text;
        Info = info;
        Delta = delta;
    }

    /// <summary>The kind of this part.</summary>
    public FencedPartKind Kind { get; }

    /// <summary>
    /// For <see cref="FencedPartKind.Text"/> the text; for <see cref="FencedPartKind.Line"/> the line, without its line break and without
    /// the indentation of the whole block; otherwise <c>""</c>.
    /// </summary>
    public string Text { get; }

    /// <summary>
    /// The info string of the block that this part belongs to: what follows the opening fence, such as <c>csharp title="a.cs"</c>; or
    /// <c>""</c>.
    /// </summary>
    public string Info { get; }

    /// <summary>The block's language: the first word of <see cref="Info"/>, such as <c>csharp</c>; or <c>""</c>.</summary>
    public string Language => Info.IndexOfAny([' ', '\t']) is var end and >= 0 ? Info[..end] : Info;

    /// <summary>
    /// The delta with just this part of the answer, including fences and line breaks: the deltas of all parts together are the whole
    /// answer. The other members of the source's delta (role, reasoning, tool calls) are in its first part, its finish
    /// reason and usage in its last; if it has no text, in an empty <see cref="FencedPartKind.Text"/>.
    /// </summary>
    public ChatDelta Delta { get; }

    /// <summary>The kind, and the text or the language.</summary>
    /// <returns>A description.</returns>
    public override string ToString() => $"{Kind}: {(Kind == FencedPartKind.Opened ? Language : Text)}";
}
