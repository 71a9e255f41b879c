using System.Globalization;
using Microsoft.Extensions.AI;

namespace LlmStream.Cli.Inspect;

/// <summary>An inspection for a person: what it is, what it says, how it ended, and what is unusual about it.</summary>
internal static class InspectionText
{
    public static void Write(Inspection inspection, TerminalWriter page)
    {
        page.WriteLine(string.Equals(inspection.Path, Inspection.StandardInput, StringComparison.Ordinal) ? "standard input" : inspection.Path, TextStyle.Bold);
        WriteOrigin(inspection, page);
        foreach (ChatChoice choice in inspection.Result.Choices) WriteChoice(choice, inspection, page);
        if (inspection.Result.Choices.Count > 0) page.WriteHeading("the end");
        WriteEnding(inspection, page);
        WriteUsage(inspection.Result.Usage, page);
        WriteOddities(inspection, page);
    }

    private static void WriteOrigin(Inspection inspection, TerminalWriter page)
    {
        ChatStreamInfo info = inspection.Result.Stream;
        page.WriteField("dialect", $"{inspection.Dialect} ({(inspection.IsRecognised ? "recognised" : "given")})");
        if (info.Model is { } model) page.WriteField("model", model);
        if (info.Id is { } id) page.WriteField("id", id);
        if (info.RequestId is { } requestId) page.WriteField("request", requestId);
        if (info.Created is { } created) page.WriteField("created", created.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
        string begin = inspection.Exception is { Error: ChatStreamError.TooLarge } ? "more than " : ""; // what follows was not read
        page.WriteField("size", $"{begin}{Words.Count(inspection.Bytes, "byte")} in {Words.Count(inspection.Framing.Frames, inspection.Framing.JsonSequence ? "JSON value" : "event")}");
    }

    private static void WriteChoice(ChatChoice choice, Inspection inspection, TerminalWriter page)
    {
        string of = inspection.Result.Choices.Count > 1 ? $" of choice {choice.Index}" : "";
        if (choice.Reasoning.Length > 0)
        {
            page.WriteHeading("reasoning" + of);
            page.WriteText(choice.Reasoning, TextStyle.Dim);
        }

        if (choice.Text.Length > 0 || (choice.ToolCalls.Count == 0 && choice.Refusal.Length == 0))
        {
            page.WriteHeading("answer" + of);
            if (choice.Text.Length > 0) page.WriteText(choice.Text);
            else page.WriteLine("(no text)", TextStyle.Dim);
        }

        if (choice.Refusal.Length > 0)
        {
            page.WriteHeading("refusal" + of);
            page.WriteText(choice.Refusal, TextStyle.Warning);
        }

        foreach (ToolCall call in choice.ToolCalls)
        {
            page.WriteHeading($"tool call{of}: {(call.Name.Length > 0 ? call.Name : "(no name)")}{(call.Id is null ? "" : $" · {call.Id}")}");
            if (call.Arguments.Length == 0) page.WriteLine("(no arguments)", TextStyle.Dim);
            else page.WriteText(ToolArguments.Pretty(call.Arguments));
        }
    }

    private static void WriteEnding(Inspection inspection, TerminalWriter page)
    {
        switch (inspection.Exception)
        {
            case null:
                page.WriteField("ended", "complete: " + Signals(inspection), TextStyle.Success);
                WriteFinish(inspection, page);
                break;
            case { Error: ChatStreamError.Truncated } truncated:
                page.WriteField("ended", "truncated: " + truncated.Message, TextStyle.Error);
                page.WriteField("missing", string.Join(", ", Missing(inspection)));
                if (inspection.Decoding.CutEvent is { } cut) page.WriteField("cut event", cut);
                WriteFinish(inspection, page);
                break;
            case { Error: ChatStreamError.ProviderError } fault:
                page.WriteField("ended", "error: the provider reported one" + Place(inspection.FaultEvent, inspection), TextStyle.Error);
                if (fault.ProviderCode is { } code) page.WriteField("code", code);
                if (fault.StatusCode is { } status) page.WriteField("status", ((int)status).ToString(CultureInfo.InvariantCulture));
                page.WriteField("message", fault.ProviderMessage ?? "(none)");
                page.WriteField("again?", fault.IsTransient ? "it may pass: the same request may succeed later" : "nothing says that it will pass");
                WriteFinish(inspection, page);
                break;
            case { Error: ChatStreamError.MalformedEvent }:
                page.WriteField("ended", "error: an event cannot be understood" + Place(inspection.MalformedEvent, inspection), TextStyle.Error);
                page.WriteField("it says", inspection.Decoder.Malformed ?? "");
                WriteFinish(inspection, page);
                break;
            case var other:
                page.WriteField("ended", "error: " + other.Message, TextStyle.Error);
                break;
        }
    }

    private static string Place(int number, Inspection inspection) => number == 0 ? "" : $" (event {number} of {inspection.Framing.Frames})";

    /// <summary>By which of the signals of an end the stream is complete.</summary>
    private static string Signals(Inspection inspection)
    {
        if (inspection.Conventions.EndsWithFinishReason) return $"{inspection.Decoder.Dialect.EndMarker} says so";
        bool hasMarker = inspection.Decoding.EndMarkers > 0;
        if (!inspection.Decoder.Answer.IsFinished) return $"{inspection.Decoder.Dialect.EndMarker} says so";
        return hasMarker ? $"a finish reason, and {inspection.Decoder.Dialect.EndMarker} behind it" : "a finish reason says so";
    }

    private static IEnumerable<string> Missing(Inspection inspection)
    {
        IReadOnlyList<ChatChoice> choices = inspection.Result.Choices;
        if (choices.Count == 0) yield return "the answer";
        foreach (ChatChoice choice in choices)
        {
            if (inspection.FinishOf(choice) is null) yield return choices.Count > 1 ? $"the finish reason of choice {choice.Index}" : "the finish reason";
        }

        foreach (ToolCall call in choices.SelectMany(choice => choice.ToolCalls))
        {
            if (ToolArguments.Fault(call.Arguments) is not null) yield return $"the end of the arguments for {(call.Name.Length > 0 ? call.Name : "a tool call")}";
        }

        if (inspection.Conventions.SendsEndMarker && inspection.Decoding.EndMarkers == 0) yield return inspection.Decoder.Dialect.EndMarker;
        if (inspection.Result.Usage is null) yield return "usage";
    }

    private static void WriteFinish(Inspection inspection, TerminalWriter page)
    {
        IReadOnlyList<ChatChoice> choices = inspection.Result.Choices;
        foreach (ChatChoice choice in choices)
        {
            string of = choices.Count > 1 ? $" (choice {choice.Index})" : "";
            if (inspection.FinishOf(choice) is { } finish) page.WriteField("finish", Words.Finish(finish, choice.FinishReason) + of);
        }
    }

    private static void WriteUsage(UsageDetails? usage, TerminalWriter page)
    {
        if (usage is null)
        {
            page.WriteField("usage", "none reported", TextStyle.Dim);
            return;
        }

        string input = Part("input", usage.InputTokenCount, ("cached", usage.CachedInputTokenCount), ("audio", Extra(usage, "input_audio_tokens")));
        string output = Part("output", usage.OutputTokenCount, ("reasoning", usage.ReasoningTokenCount), ("audio", Extra(usage, "output_audio_tokens")));
        string total = usage.TotalTokenCount is { } sum ? $" = {Words.Count(sum, "token")}" : " (no total)";
        page.WriteField("usage", $"{input} + {output}{total}");
    }

    private static string Part(string what, long? count, params (string What, long? Count)[] ofWhich)
    {
        string[] details = [.. ofWhich.Where(part => part.Count > 0).Select(part => $"{Words.Number(part.Count!.Value)} {part.What}")];
        string number = count is { } known ? Words.Number(known) : "?";
        return details.Length == 0 ? $"{number} {what}" : $"{number} {what} ({string.Join(", ", details)})";
    }

    private static long? Extra(UsageDetails usage, string name) =>
        usage.AdditionalCounts is { } counts && counts.TryGetValue(name, out long count) ? count : null;

    private static void WriteOddities(Inspection inspection, TerminalWriter page)
    {
        IReadOnlyList<string> oddities = Oddities.Of(inspection);
        if (oddities.Count == 0) page.WriteField("unusual", "nothing", TextStyle.Dim);
        for (int i = 0; i < oddities.Count; i++) page.WriteField(i == 0 ? "unusual" : "", "· " + oddities[i], TextStyle.Warning);
    }
}
