namespace LlmStream.Testing;

/// <summary>How the lines of an event stream end. The event stream format allows all three.</summary>
public enum LineEnd
{
    /// <summary>A line feed, as nearly every provider sends it. The default.</summary>
    Lf,

    /// <summary>A carriage return and a line feed, as Gemini and Perplexity send them.</summary>
    CrLf,

    /// <summary>A carriage return alone: allowed, and rarely handled.</summary>
    Cr,
}
