namespace LlmStream.Testing;

/// <summary>The line endings of an event stream. The specification allows all three
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).</summary>
public enum LineEnding
{
    /// <summary>A line feed, as nearly all providers send.</summary>
    Lf,

    /// <summary>A carriage return and a line feed, as Gemini and Perplexity send.</summary>
    CrLf,

    /// <summary>A carriage return alone, which few clients handle.</summary>
    Cr,
}
