namespace LlmStream.Inspection;

/// <summary>Finds what is unusual about the end of the answer: finish reasons, the end marker, and token counts.</summary>
internal static class EndingFindings
{
    public static void Add(InspectedStream stream, FindingList findings)
    {
        if (stream.IsComplete) AddMissing(stream, findings);
        AddRepetitions(stream, findings);
        AddUsage(stream, findings);
    }

    private static void AddMissing(InspectedStream stream, FindingList findings)
    {
        int choices = stream.Result.Choices.Count;
        int unfinished = choices - stream.FinishReasons.Count;
        if (unfinished > 0)
        {
            findings.Add(StreamFindingCode.MissingFinishReason,
                unfinished == choices ? "no finish reason" : $"{unfinished} of {choices} choices without a finish reason", unfinished);
        }

        // A server that answers with one document does not stream, so it sends no marker.
        if (stream.Conventions.SendsEndMarker && stream.Decoding.EndMarkers == 0 && !stream.IsSingleDocument)
            findings.Add(StreamFindingCode.MissingEndMarker, $"no {stream.EndMarker} at the end");
    }

    private static void AddRepetitions(InspectedStream stream, FindingList findings)
    {
        DecodingStatistics events = stream.Decoding;
        if (stream.Deltas.ChangedFinishReasons is { Count: > 0 } changes)
        {
            findings.Add(StreamFindingCode.ChangedFinishReason,
                $"the finish reason changed: {string.Join(", then ", changes.Select(reason => $"“{reason}”"))}",
                changes.Count - 1,
                changes
                    .GroupBy(reason => reason, StringComparer.Ordinal)
                    .ToDictionary(reasons => reasons.Key, reasons => reasons.Count(), StringComparer.Ordinal));
        }
        else if (events.FinishReasons > Math.Max(stream.FinishReasons.Count, 1)) // Cohere's last event counts as one without a reason
        {
            findings.Add(StreamFindingCode.RepeatedFinishReason,
                $"the finish reason was sent {FindingText.Count(events.FinishReasons, "time")}", events.FinishReasons);
        }

        if (events.EventsAfterEnd > 0)
        {
            findings.Add(StreamFindingCode.EventsAfterEndMarker,
                $"{FindingText.Count(events.EventsAfterEnd, "event")} after {stream.EndMarker}, which readers ignore",
                events.EventsAfterEnd);
        }
    }

    private static void AddUsage(InspectedStream stream, FindingList findings)
    {
        DecodingStatistics decoding = stream.Decoding;
        int reports = decoding.UsageReports;
        if (reports == 0 && stream.IsComplete)
        {
            findings.Add(StreamFindingCode.MissingUsage, stream.Conventions.UsageField is { } field
                ? $"no usage (many providers send it only if {field} is set)"
                : "no usage");
            return;
        }

        if (stream.Conventions.UsageField is null) return; // other dialects send usage in every event

        int events = stream.Framing.Frames - decoding.EndMarkers - decoding.EmptyEvents - decoding.EventsAfterEnd;
        if (reports > 2 && reports >= events) findings.Add(StreamFindingCode.UsageInEveryEvent, "usage in every event", reports);
        else if (reports > 1)
            findings.Add(StreamFindingCode.RepeatedUsage, $"usage was sent {reports} times; the last counts are used", reports);
    }
}
