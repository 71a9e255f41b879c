using System.Globalization;
using Microsoft.Extensions.AI;

namespace LlmStream.Cli.Inspect;

/// <summary>Prints an inspection for people: what the stream is, what it contains, how it ended, and what is unusual about it.</summary>
internal static class InspectionText
{
    public static void Write(InspectedFile file, TerminalWriter display)
    {
        StreamInspection inspection = file.Inspection;
        display.WriteLine(file.Path == InspectedFile.StandardInput ? "standard input" : file.Path, TextStyle.Bold);
        WriteOrigin(file, display);
        foreach (ChatChoice choice in inspection.Result.Choices) WriteChoice(choice, inspection, display);
        if (inspection.Result.Choices.Count > 0) display.WriteHeading("end of stream");
        WriteEnding(inspection, display);
        WriteUsage(inspection.ReportedUsage, display);
        WriteFindings(inspection, display);
    }

    private static void WriteOrigin(InspectedFile file, TerminalWriter display)
    {
        StreamInspection inspection = file.Inspection;
        ChatStreamInfo info = inspection.Result.Stream;
        string source = file.IsDialectSpecified ? "specified" : inspection.IsDialectRecognized ? "recognized" : "assumed";
        display.WriteField("dialect", $"{inspection.Dialect} ({source})");
        if (info.Model is { } model) display.WriteField("model", model);
        if (info.Id is { } id) display.WriteField("id", id);
        if (info.RequestId is { } requestId) display.WriteField("request", requestId);
        if (info.CreatedAt is { } created)
            display.WriteField("created", created.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));

        bool isReadToEnd = inspection.Exception is not { Error: ChatStreamError.TooLarge };
        string bytes = (isReadToEnd ? "" : "more than ") + DisplayText.Count(inspection.ByteCount, "byte");
        display.WriteField(
            "size",
            $"{bytes} in {DisplayText.Count(inspection.EventCount, inspection.IsJsonSequence ? "JSON value" : "event")}");
    }

    private static void WriteChoice(ChatChoice choice, StreamInspection inspection, TerminalWriter display)
    {
        string suffix = inspection.Result.Choices.Count > 1 ? $" of choice {choice.Index}" : "";
        if (choice.Reasoning.Length > 0)
        {
            display.WriteHeading("reasoning" + suffix);
            display.WriteText(choice.Reasoning, TextStyle.Dim);
        }

        if (choice.Text.Length > 0 || (choice.ToolCalls.Count == 0 && choice.Refusal.Length == 0))
        {
            display.WriteHeading("answer" + suffix);
            if (choice.Text.Length > 0) display.WriteText(choice.Text);
            else display.WriteLine("(no text)", TextStyle.Dim);
        }

        if (choice.Refusal.Length > 0)
        {
            display.WriteHeading("refusal" + suffix);
            display.WriteText(choice.Refusal, TextStyle.Warning);
        }

        foreach (ToolCall call in choice.ToolCalls)
        {
            string name = call.Name.Length > 0 ? call.Name : "(no name)";
            display.WriteHeading($"tool call{suffix}: {name}{(call.Id is null ? "" : $" · {call.Id}")}");
            if (call.Arguments.Length == 0) display.WriteLine("(no arguments)", TextStyle.Dim);
            else display.WriteText(IndentedJson.Format(call.Arguments));
        }
    }

    private static void WriteEnding(StreamInspection inspection, TerminalWriter display)
    {
        switch (inspection.Exception)
        {
            case null:
                display.WriteField("ended", "complete: received " + Signals(inspection), TextStyle.Success);
                break;
            case { Error: ChatStreamError.Truncated } truncated:
                display.WriteField("ended", "truncated: " + truncated.Message, TextStyle.Error);
                display.WriteField("missing", string.Join(", ", inspection.Missing));
                if (inspection.CutEvent is { } cut) display.WriteField("cut event", cut);
                break;
            case { Error: ChatStreamError.ProviderError } error:
                string place = Position(inspection.ProviderError?.EventNumber, inspection);
                display.WriteField("ended", "error: reported by the provider" + place, TextStyle.Error);
                if (error.ProviderCode is { } code) display.WriteField("code", code);
                if (error.StatusCode is { } status) display.WriteField("status", ((int)status).ToString(CultureInfo.InvariantCulture));
                display.WriteField("message", error.ProviderMessage ?? "(none)");
                display.WriteField("transient", error.IsTransient ? "yes: the same request may succeed later" : "not known to be");
                break;
            case { Error: ChatStreamError.MalformedEvent } malformed:
                display.WriteField(
                    "ended",
                    "error: malformed event" + Position(inspection.MalformedEventNumber, inspection),
                    TextStyle.Error);
                if (inspection.MalformedEvent is { } content) display.WriteField("content", content);
                else display.WriteField("message", malformed.Message);
                break;
            case var other:
                display.WriteField("ended", "error: " + other.Message, TextStyle.Error);
                return;
        }

        WriteFinishReasons(inspection, display);
    }

    private static string Position(int? number, StreamInspection inspection) =>
        number is null ? "" : $" (event {number} of {inspection.EventCount})";

    /// <summary>The signals that made the answer complete.</summary>
    private static string Signals(StreamInspection inspection)
    {
        IReadOnlyList<ChatChoice> choices = inspection.Result.Choices;
        bool isFinished = choices.Count > 0 && choices.All(choice => inspection.FinishReasons.ContainsKey(choice.Index));
        return (isFinished, inspection.EndMarker) switch
        {
            (true, { } marker) => $"a finish reason and {marker}",
            (true, null) => "a finish reason",
            (false, { } marker) => marker,
            (false, null) => "an event that ends the answer",
        };
    }

    private static void WriteFinishReasons(StreamInspection inspection, TerminalWriter display)
    {
        IReadOnlyList<ChatChoice> choices = inspection.Result.Choices;
        foreach (ChatChoice choice in choices)
        {
            if (!inspection.FinishReasons.TryGetValue(choice.Index, out string? sent)) continue;
            string suffix = choices.Count > 1 ? $" (choice {choice.Index})" : "";
            display.WriteField("finish", DisplayText.FinishReason(sent, choice.FinishReason) + suffix);
        }
    }

    private static void WriteUsage(UsageDetails? usage, TerminalWriter display)
    {
        if (usage is null)
        {
            display.WriteField("usage", "none reported", TextStyle.Dim);
            return;
        }

        string input = Tokens("input", usage.InputTokenCount,
            ("cached", usage.CachedInputTokenCount), ("audio", AdditionalCount(usage, "input_audio_tokens")));
        string output = Tokens("output", usage.OutputTokenCount,
            ("reasoning", usage.ReasoningTokenCount), ("audio", AdditionalCount(usage, "output_audio_tokens")));
        string total = usage.TotalTokenCount is { } sum ? $" = {DisplayText.Count(sum, "token")}" : " (no total)";
        display.WriteField("usage", $"{input} + {output}{total}");
    }

    private static string Tokens(string kind, long? count, params (string Kind, long? Count)[] parts)
    {
        string[] details = [.. parts.Where(part => part.Count > 0).Select(part => $"{DisplayText.Number(part.Count!.Value)} {part.Kind}")];
        string number = count is { } known ? DisplayText.Number(known) : "?";
        return details.Length == 0 ? $"{number} {kind}" : $"{number} {kind} ({string.Join(", ", details)})";
    }

    private static long? AdditionalCount(UsageDetails usage, string name) =>
        usage.AdditionalCounts is { } counts && counts.TryGetValue(name, out long count) ? count : null;

    private static void WriteFindings(StreamInspection inspection, TerminalWriter display)
    {
        if (inspection.Findings.Count == 0) display.WriteField("unusual", "nothing", TextStyle.Dim);
        string label = "unusual";
        foreach (StreamFinding finding in inspection.Findings)
        {
            display.WriteField(label, "· " + finding.Message, TextStyle.Warning);
            label = "";
        }
    }
}
