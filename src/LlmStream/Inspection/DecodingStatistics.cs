using LlmStream.Dialects;
using LlmStream.Framing;

namespace LlmStream.Inspection;

/// <summary>Counts what a decoder meets besides the answer.</summary>
internal sealed class DecodingStatistics : IDecodingObserver
{
    public int EmptyEvents { get; private set; }

    public int MalformedEvents { get; private set; }

    /// <summary>Events that were understood and held neither a choice nor usage.</summary>
    public int EventsWithoutChoices { get; private set; }

    /// <summary>Events after the end marker, which an ordinary reader does not read.</summary>
    public int EventsAfterEnd { get; private set; }

    /// <summary>The start of the event that the end of the stream cut off, or null.</summary>
    public string? CutEvent { get; private set; }

    public int UsageReports { get; private set; }

    public int EndMarkers { get; private set; }

    public int FinishReasons { get; private set; }

    /// <summary>Unknown fields, by their path.</summary>
    public Dictionary<string, int> UnknownFields { get; } = new(StringComparer.Ordinal);

    /// <summary>Events of unknown types, by the type that is stated in their JSON.</summary>
    public Dictionary<string, int> UnknownEvents { get; } = new(StringComparer.Ordinal);

    /// <summary>Types of events other than the default, by name.</summary>
    public Dictionary<string, int> EventTypes { get; } = new(StringComparer.Ordinal);

    public void OnEvent(string eventType)
    {
        if (!string.Equals(eventType, Frame.DefaultEventType, StringComparison.Ordinal)) FramingStatistics.Count(EventTypes, eventType);
    }

    public void OnEmptyEvent() => EmptyEvents++;

    public void OnMalformedEvent() => MalformedEvents++;

    public void OnEventAfterEnd() => EventsAfterEnd++;

    public void OnCutEvent(string quote) => CutEvent = quote;

    public void OnEventWithoutChoices() => EventsWithoutChoices++;

    public void OnUnknownEvent(string type) => FramingStatistics.Count(UnknownEvents, type);

    public void OnUnknownField(string path) => FramingStatistics.Count(UnknownFields, path);

    public void OnFinishReason() => FinishReasons++;

    public void OnUsage() => UsageReports++;

    public void OnEndMarker() => EndMarkers++;
}
