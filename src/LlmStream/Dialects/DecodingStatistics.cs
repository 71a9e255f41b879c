using LlmStream.Framing;

namespace LlmStream.Dialects;

/// <summary>What was met in the events that is out of the ordinary; counted only where somebody wants to know.</summary>
internal sealed class DecodingStatistics
{
    public int EmptyEvents { get; set; }

    public int MalformedEvents { get; set; }

    /// <summary>Events that are understood and hold neither a choice nor usage, such as Azure's first.</summary>
    public int EventsWithoutChoices { get; set; }

    /// <summary>Events behind the marker behind which nobody reads.</summary>
    public int EventsBehindDone { get; set; }

    /// <summary>The start of the event that the end of the stream cut off, or null.</summary>
    public string? CutEvent { get; set; }

    public int UsageReports { get; set; }

    public int DoneMarkers { get; set; }

    public int FinishReports { get; set; }

    /// <summary>Fields that the dialect does not know, by their path.</summary>
    public Dictionary<string, int> UnknownFields { get; } = new(StringComparer.Ordinal);

    /// <summary>Events that the dialect does not know, by the type that stands in their JSON.</summary>
    public Dictionary<string, int> UnknownEvents { get; } = new(StringComparer.Ordinal);

    /// <summary>Event types, by name.</summary>
    public Dictionary<string, int> EventTypes { get; } = new(StringComparer.Ordinal);

    public static void Count(Dictionary<string, int> counts, string name) => FramingStatistics.Count(counts, name);
}
