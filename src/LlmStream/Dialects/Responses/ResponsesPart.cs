namespace LlmStream.Dialects.Responses;

/// <summary>The kinds of parts whose content is streamed.</summary>
internal enum ResponsesPartKind
{
    Text,
    Refusal,
    Summary,
    Reasoning,
    Arguments,
}

/// <summary>The levels at which a server repeats the whole content of a part, in the order in which they come.</summary>
internal enum ResponsesLevel
{
    /// <summary>Not a whole, but a delta.</summary>
    Delta,

    /// <summary>The end of the content, such as <c>response.output_text.done</c>.</summary>
    Content,

    /// <summary>The end of the part, such as <c>response.content_part.done</c>.</summary>
    Part,

    /// <summary>The end of the item, or of the response.</summary>
    Item,
}

/// <summary>A part of an item: a text, a refusal, or reasoning.</summary>
internal sealed class ResponsesPart(ResponsesPartKind kind, int index)
{
    public ResponsesPartKind Kind { get; } = kind;

    /// <summary>The provider's index: <c>content_index</c> or <c>summary_index</c>; -1 if it is missing.</summary>
    public int Index { get; } = index;

    /// <summary>The last level at which the whole content came.</summary>
    public ResponsesLevel Level { get; set; }

    /// <summary>The number of annotations that came.</summary>
    public int Annotations { get; set; }

    /// <summary>The positions of its segments in the <see cref="ResponsesText"/>. One, unless parts are interleaved.</summary>
    public List<int> Segments { get; } = new(1);

    /// <summary>The whole content that replaces its segments at the end of the response, or null.</summary>
    public string? Replacement { get; set; }

    public bool HasContent => Segments.Count > 0;
}
