using LlmStream.Framing;

namespace LlmStream.Inspection;

/// <summary>Finds what is unusual about the bytes around the events: comments, lines, and line endings.</summary>
internal static class FramingFindings
{
    public static void Add(InspectedStream stream, FindingList findings)
    {
        AddComments(stream, findings);
        AddFormat(stream, findings);
        AddLines(stream, findings);
        AddLineEndings(stream, findings);
    }

    private static void AddComments(InspectedStream stream, FindingList findings)
    {
        Dictionary<string, int> comments = stream.Framing.CommentTexts
            .Where(comment => !stream.Conventions.Comments.Contains(comment.Key))
            .ToDictionary(StringComparer.Ordinal);
        if (comments.Count == 0) return;
        int count = comments.Values.Sum();
        findings.Add(StreamFindingCode.Comments, $"{FindingText.Count(count, "comment")}: {FindingText.List(comments)}", count, comments);
    }

    private static void AddFormat(InspectedStream stream, FindingList findings)
    {
        if (stream.IsSingleDocument)
            findings.Add(StreamFindingCode.SingleJsonDocument, "one JSON document, not a stream of events");
        else if (stream.Framing.JsonArray)
            findings.Add(StreamFindingCode.JsonArray, "the elements of a JSON array instead of server-sent events");
        else if (stream.Framing.JsonSequence && !stream.Conventions.UsesJsonLines)
            findings.Add(StreamFindingCode.JsonLines, "JSON lines instead of server-sent events");
    }

    private static void AddLines(InspectedStream stream, FindingList findings)
    {
        FramingStatistics framing = stream.Framing;
        if (framing.ErrorFields > 0)
        {
            findings.Add(StreamFindingCode.ErrorLines,
                $"{FindingText.Count(framing.ErrorFields, "“error:” line")}, which event stream parsers ignore", framing.ErrorFields);
        }

        if (framing.BareLines > 0)
        {
            findings.Add(StreamFindingCode.JsonWithoutDataField,
                $"{FindingText.Count(framing.BareLines, "JSON text")} without “data:”, which event stream parsers ignore",
                framing.BareLines);
        }

        if (framing.UnknownFields.Count > 0)
        {
            findings.Add(StreamFindingCode.UnknownEventStreamFields,
                $"unknown event stream fields: {FindingText.List(framing.UnknownFields)}",
                framing.UnknownFields.Values.Sum(), framing.UnknownFields);
        }

        // If the last event is cut off, that is reported instead.
        if (framing is { UnterminatedEnd: true, JsonSequence: false } && stream.Decoding.CutEvent is null)
        {
            findings.Add(StreamFindingCode.MissingFinalBlankLine,
                "no blank line after the last event, so strict parsers discard it");
        }

        if (framing.ByteOrderMark) findings.Add(StreamFindingCode.ByteOrderMark, "a byte order mark at the start");
    }

    private static void AddLineEndings(InspectedStream stream, FindingList findings)
    {
        FramingStatistics framing = stream.Framing;
        if (framing.CarriageReturns == 0) return;

        int crLf = framing.CarriageReturnLineFeeds;
        int cr = framing.CarriageReturns - crLf;
        int lf = framing.Lines - framing.CarriageReturns;
        if (lf > 1) // one of them may be a last line without an ending
            findings.Add(StreamFindingCode.MixedLineEndings, $"mixed line endings: {crLf} CR LF, {cr} CR, {lf} LF");
        else if (cr > 0)
            findings.Add(StreamFindingCode.CarriageReturnEndings, "lines end in CR", cr);
        else if (!stream.Conventions.UsesCarriageReturns)
            findings.Add(StreamFindingCode.CarriageReturnLineFeedEndings, "lines end in CR LF", crLf);
    }
}
