namespace LlmStream.Inspection;

/// <summary>Finds what is unusual about the events.</summary>
internal static class EventFindings
{
    public static void Add(InspectedStream stream, FindingList findings)
    {
        DecodingStatistics events = stream.Decoding;
        AddMalformed(stream, findings);

        // The exception of a truncated stream already quotes the text, and the inspection has the cut event as a property.
        if (stream.Decoder.StrayText is { } text && !stream.IsTruncated)
            findings.Add(StreamFindingCode.TextBetweenEvents, $"text between the events: {text}", text);
        if (events.EventsWithoutChoices > 0)
        {
            findings.Add(StreamFindingCode.EventsWithoutChoices,
                $"{FindingText.Count(events.EventsWithoutChoices, "event")} with neither choices nor usage", events.EventsWithoutChoices);
        }

        if (events.EmptyEvents > 0)
            findings.Add(StreamFindingCode.EmptyEvents, FindingText.Count(events.EmptyEvents, "empty event"), events.EmptyEvents);
        if (events.CutEvent is { } cut && !stream.IsTruncated)
            findings.Add(StreamFindingCode.CutEvent, $"the last event is cut off: {cut}", cut);

        AddNames(StreamFindingCode.UnusualEventTypes, "unusual event types", UnusualTypes(stream), findings);
        AddNames(StreamFindingCode.UnknownEvents, "unknown events", events.UnknownEvents, findings);
        AddNames(StreamFindingCode.UnknownFields, "unknown fields", events.UnknownFields, findings);
    }

    private static void AddMalformed(InspectedStream stream, FindingList findings)
    {
        int count = stream.Decoding.MalformedEvents;
        if (stream.Exception is { Error: ChatStreamError.MalformedEvent })
        {
            // The exception is about the first one.
            if (count > 1) findings.Add(StreamFindingCode.MalformedEvents, $"{count} malformed events in total", count);
            return;
        }

        if (count > 0)
        {
            findings.Add(StreamFindingCode.MalformedEvents,
                $"{FindingText.Count(count, "malformed event")}, from event {stream.MalformedEventNumber}: {stream.Decoder.Malformed}",
                count);
        }
    }

    private static Dictionary<string, int> UnusualTypes(InspectedStream stream) => stream.Decoding.EventTypes
        .Where(type => stream.Conventions.EventTypes?.Contains(type.Key) is false)
        .ToDictionary(StringComparer.Ordinal);

    private static void AddNames(StreamFindingCode code, string what, Dictionary<string, int> names, FindingList findings)
    {
        if (names.Count > 0) findings.Add(code, $"{what}: {FindingText.List(names)}", names.Values.Sum(), names);
    }
}
