namespace LlmStream.Framing;

/// <summary>What was met on the wire besides events; counted only where somebody wants to know.</summary>
internal sealed class FramingStatistics
{
    public int Frames { get; set; }

    /// <summary>Lines of an event stream, the empty ones included.</summary>
    public int Lines { get; set; }

    public int Comments { get; set; }

    /// <summary>What the comments say, or how they begin.</summary>
    public Dictionary<string, int> CommentTexts { get; } = new(StringComparer.Ordinal);

    public int BareLines { get; set; }

    public int ErrorFields { get; set; }

    /// <summary>Line ends that begin with a carriage return.</summary>
    public int CarriageReturns { get; set; }

    /// <summary>Those of <see cref="CarriageReturns"/> that a line feed follows.</summary>
    public int CarriageReturnLineFeeds { get; set; }

    public bool ByteOrderMark { get; set; }

    public bool UnterminatedEnd { get; set; }

    public bool JsonSequence { get; set; }

    /// <summary>Whether the JSON values are the elements of an array.</summary>
    public bool JsonArray { get; set; }

    /// <summary>Lines whose field the event stream format does not know, by the field's name.</summary>
    public Dictionary<string, int> UnknownFields { get; } = new(StringComparer.Ordinal);

    /// <summary>Counts a name. Of the names that a stream makes up without end only the first are told apart.</summary>
    public static void Count(Dictionary<string, int> counts, string name)
    {
        const int MostNames = 200;
        if (counts.Count >= MostNames && !counts.ContainsKey(name)) name = "…";
        counts[name] = counts.GetValueOrDefault(name) + 1;
    }
}
