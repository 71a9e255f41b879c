using LlmStream.Dialects;
using LlmStream.Framing;
using Microsoft.Extensions.AI;
using LlmStream.Answers;
using LlmStream.Inspection;

namespace LlmStream.Cli.Inspect;

/// <summary>
/// What is unusual about a stream, in sentences: first what may cost a reader something of the answer, then what it has
/// to put up with.
/// </summary>
internal static class Oddities
{
    public static IReadOnlyList<string> Of(Inspection inspection)
    {
        var found = new List<string>();
        AddOfAnswer(inspection, found);
        AddOfEnding(inspection, found);
        AddOfUsage(inspection, found);
        AddOfEvents(inspection, found);
        AddOfComments(inspection, found);
        AddOfFraming(inspection.Framing, inspection.Decoding.CutEvent is not null, inspection.Conventions, found);
        return found;
    }

    private static void AddOfAnswer(Inspection inspection, List<string> found)
    {
        foreach (ChatChoice choice in inspection.Result.Choices) AddOfChoice(choice, inspection, found);

        DeltaStatistics deltas = inspection.Deltas;
        if (deltas.TextsBehindFinish > 0) found.Add($"{Words.Count(deltas.TextsBehindFinish, "chunk")} of text behind the finish reason");
        if (deltas.Rewrites > 0) found.Add($"the server took text back {Words.Count(deltas.Rewrites, "time")}");
        if (inspection.Decoder.Answer.Choices.Any(choice => choice.IsTextCumulative)) found.Add("each chunk repeats the whole text so far (cumulative)");
        else if (deltas.LooksCumulative) found.Add("each chunk seems to repeat the whole text so far: see what --text-mode cumulative makes of it");
    }

    private static void AddOfChoice(ChatChoice choice, Inspection inspection, List<string> found)
    {
        string of = inspection.Result.Choices.Count > 1 ? $" in choice {choice.Index}" : "";
        bool isComplete = inspection.Exception is null;
        if (isComplete && choice is { Text: "", Refusal: "", ToolCalls.Count: 0 }) found.Add($"neither text nor a tool call{of}");
        if (choice.Text.Contains("<think>", StringComparison.Ordinal) || choice.Text.Contains("</think", StringComparison.Ordinal))
            found.Add($"“<think>” in the text{of}: the reasoning is not kept apart from the answer");

        string all = choice.Text + choice.Reasoning + choice.Refusal;
        int hidden = TerminalText.CountEscaped(all);
        if (hidden > 0) found.Add($"{Words.Count(hidden, "control character")}{of}, shown here as signs");
        int replaced = all.Count(c => c == '\uFFFD');
        if (replaced > 0) found.Add($"{Words.Count(replaced, "character")} U+FFFD{of}: bytes that are no UTF-8, or sent so");

        foreach (ToolCall call in choice.ToolCalls)
        {
            string name = call.Name.Length > 0 ? call.Name : $"tool call {call.Index}";
            if (call.Id is null) found.Add($"{name}: no id");
            if (isComplete && call.Name.Length == 0) found.Add($"{name}: no name");
            if (isComplete && ToolArguments.Fault(call.Arguments) is { } fault) found.Add($"{name}: the arguments are {fault}");
        }

        int sharedIds = choice.ToolCalls.Where(call => call.Id is not null).GroupBy(call => call.Id, StringComparer.Ordinal).Count(group => group.Count() > 1);
        if (sharedIds > 0) found.Add($"several tool calls share one id{of}");

        if (choice.FinishReason == ChatFinishReason.ToolCalls && choice.ToolCalls.Count == 0) found.Add($"a finish reason for tool calls, but no tool call{of}");
        if (choice.FinishReason == ChatFinishReason.Stop && choice.ToolCalls.Count > 0) found.Add($"tool calls, but the finish reason is “{inspection.FinishOf(choice)}”{of}");
        if (choice.FinishReason is { } reason && !IsKnown(reason, inspection.Decoder.Dialect.FinishReasons)) found.Add($"“{reason.Value}” is no finish reason that is known{of}");
    }

    private static bool IsKnown(ChatFinishReason reason, FinishReasonNames names) =>
        reason == ChatFinishReason.Stop || reason == ChatFinishReason.Length || reason == ChatFinishReason.ToolCalls
        || reason == ChatFinishReason.ContentFilter || names.IsFailure(reason.Value);

    private static void AddOfEnding(Inspection inspection, List<string> found)
    {
        DecodingStatistics events = inspection.Decoding;
        ChatChoice[] finished = [.. inspection.Result.Choices.Where(choice => inspection.FinishOf(choice) is not null)];
        int unfinished = inspection.Result.Choices.Count - finished.Length;

        if (inspection.Exception is null)
        {
            if (unfinished > 0 && finished.Length == 0) found.Add("no finish reason");
            else if (unfinished > 0) found.Add($"{Words.Count(unfinished, "choice")} of {inspection.Result.Choices.Count} without a finish reason");
            if (inspection.Conventions.SendsEndMarker && events.EndMarkers == 0 && !IsOneDocument(inspection.Framing)) found.Add($"no {inspection.Decoder.Dialect.EndMarker} at the end");
        }

        if (inspection.Deltas.ChangedFinish is { Count: > 0 } changed) found.Add($"the finish reason changed: {string.Join(", then ", changed.Select(value => $"“{value}”"))}");
        else if (events.FinishReasons > finished.Length) found.Add($"the finish reason came {Words.Count(events.FinishReasons, "time")}");
        if (events.EventsAfterEnd > 0) found.Add($"{Words.Count(events.EventsAfterEnd, "event")} behind {inspection.Decoder.Dialect.EndMarker}, where nobody reads");
    }

    private static bool IsOneDocument(FramingStatistics framing) => framing is { JsonSequence: true, Frames: <= 1 };

    private static void AddOfUsage(Inspection inspection, List<string> found)
    {
        int reports = inspection.Decoding.UsageReports;
        int events = inspection.Framing.Frames - inspection.Decoding.EndMarkers - inspection.Decoding.EmptyEvents - inspection.Decoding.EventsAfterEnd;
        if (reports == 0 && inspection.Exception is null)
            found.Add(inspection.Conventions.UsageField is { } field ? $"no usage (many send it only for {field})" : "no usage");
        else if (inspection.Conventions.UsageField is null) return; // the others send it with every event
        else if (reports > 2 && reports >= events) found.Add("usage on every event");
        else if (reports > 1) found.Add($"usage {(reports == 2 ? "twice" : $"{reports} times")}; the latest figures count");
    }

    private static void AddOfEvents(Inspection inspection, List<string> found)
    {
        DecodingStatistics events = inspection.Decoding;
        bool isVerdict = inspection.Exception is { Error: ChatStreamError.MalformedEvent };
        if (events.MalformedEvents > (isVerdict ? 1 : 0))
        {
            found.Add(isVerdict
                ? $"{events.MalformedEvents} events in all cannot be understood"
                : $"{Words.Count(events.MalformedEvents, "event")} that cannot be understood, from event {inspection.MalformedEvent}: {inspection.Decoder.Malformed}");
        }

        if (inspection.Decoder.StrayText is { } text && inspection.Exception?.Error != ChatStreamError.Truncated) found.Add($"text that is no event: {text}");
        if (events.EventsWithoutChoices > 0) found.Add($"{Words.Count(events.EventsWithoutChoices, "event")} with neither choices nor usage");
        if (events.EmptyEvents > 0) found.Add(Words.Count(events.EmptyEvents, "empty event"));
        if (events.CutEvent is { } cut && inspection.Exception?.Error != ChatStreamError.Truncated) found.Add($"the last event is cut off: {cut}");

        Dictionary<string, int> types = events.EventTypes.Where(type => inspection.Conventions.EventTypes?.Contains(type.Key) is false).ToDictionary(StringComparer.Ordinal);
        if (types.Count > 0) found.Add($"event types: {Words.List(types)}");
        if (events.UnknownEvents.Count > 0) found.Add($"unknown events: {Words.List(events.UnknownEvents)}");
        if (events.UnknownFields.Count > 0) found.Add($"unknown fields: {Words.List(events.UnknownFields)}");
    }

    private static void AddOfComments(Inspection inspection, List<string> found)
    {
        Dictionary<string, int> comments = inspection.Framing.CommentTexts
            .Where(comment => !inspection.Conventions.Comments.Contains(comment.Key))
            .ToDictionary(StringComparer.Ordinal);
        if (comments.Count > 0) found.Add($"{Words.Count(comments.Values.Sum(), "comment")}: {Words.List(comments)}");
    }

    private static void AddOfFraming(FramingStatistics framing, bool isCutOff, DialectConventions conventions, List<string> found)
    {
        if (IsOneDocument(framing)) found.Add("one JSON document, not a stream of events");
        else if (framing.JsonSequence && (framing.JsonArray || !conventions.UsesJsonLines)) found.Add(framing.JsonArray ? "the elements of a JSON array instead of server-sent events" : "lines of JSON instead of server-sent events");

        if (framing.ErrorFields > 0) found.Add($"{Words.Count(framing.ErrorFields, "field")} “error:”, which readers of event streams pass over");
        if (framing.BareLines > 0) found.Add($"{Words.Count(framing.BareLines, "JSON text")} without “data:”, which readers of event streams pass over");
        if (framing.UnknownFields.Count > 0) found.Add($"lines that are no field of an event stream: {Words.List(framing.UnknownFields)}");
        if (!isCutOff && framing is { UnterminatedEnd: true, JsonSequence: false }) found.Add("no blank line behind the last event, which strict readers then drop");
        if (framing.ByteOrderMark) found.Add("a byte order mark at the start");

        int alone = framing.CarriageReturns - framing.CarriageReturnLineFeeds;
        bool isMixed = framing.CarriageReturns > 0 && framing.Lines - framing.CarriageReturns > 1; // the last line end may be missing
        if (isMixed) found.Add($"line ends of several kinds: {framing.CarriageReturnLineFeeds} CR LF, {alone} CR, {framing.Lines - framing.CarriageReturns} LF");
        else if (framing.CarriageReturns > 0 && (alone > 0 || !conventions.UsesCarriageReturns)) found.Add(alone == 0 ? "lines end in CR LF" : "lines end in CR");
    }
}
