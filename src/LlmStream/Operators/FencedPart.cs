namespace LlmStream;

/// <summary>What a <see cref="FencedPart"/> is.</summary>
public enum FencedPartKind
{
    /// <summary>Text outside a code block, as it came. It may be a part of a line, or several lines.</summary>
    Text,

    /// <summary>A code block begins.</summary>
    Opened,

    /// <summary>One whole line of a code block.</summary>
    Line,

    /// <summary>The code block ends.</summary>
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

    /// <summary>What this part is.</summary>
    public FencedPartKind Kind { get; }

    /// <summary>
    /// Of <see cref="FencedPartKind.Text"/> the text; of <see cref="FencedPartKind.Line"/> the line, without its line break and without
    /// the spaces by which the whole block is indented; else <c>""</c>.
    /// </summary>
    public string Text { get; }

    /// <summary>What stands behind the opening marker of the block that this part belongs to, such as <c>csharp title="a.cs"</c>; or <c>""</c>.</summary>
    public string Info { get; }

    /// <summary>The block's language: the first word of <see cref="Info"/>, such as <c>csharp</c>; or <c>""</c>.</summary>
    public string Language => Info.IndexOfAny([' ', '\t']) is var end and >= 0 ? Info[..end] : Info;

    /// <summary>
    /// The delta with just this part of the answer, markers and line breaks included: the deltas of all parts are the whole
    /// answer again. What else the delta of the source brought (role, reasoning, tool calls) is in its first part, its finish
    /// reason and usage in its last; where it brought no text, in a <see cref="FencedPartKind.Text"/> that is empty.
    /// </summary>
    public ChatDelta Delta { get; }

    /// <summary>The kind, and the text or the language.</summary>
    /// <returns>A description.</returns>
    public override string ToString() => $"{Kind}: {(Kind == FencedPartKind.Opened ? Language : Text)}";
}
