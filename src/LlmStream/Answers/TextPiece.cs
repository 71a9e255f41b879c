namespace LlmStream.Answers;

/// <summary>A piece of a text that can be emitted, and its offset in the text.</summary>
internal readonly record struct TextPiece(string Text, int Offset)
{
    /// <summary>Set if several pieces were joined: the text to read them from. <see cref="Text"/> is empty then.</summary>
    public GrowingText? Source { get; init; }

    /// <summary>The text of the piece, or of all joined pieces; null for the default value.</summary>
    public string? Value => Source is { } text ? text.From(Offset) : Text;
}
