using System.CommandLine;
using LlmStream.Cli.Chat;
using LlmStream.Operators;
using LlmStream.Testing;

namespace LlmStream.Cli.Demo;

/// <summary>
/// <c>llmstream demo</c>: a server that is in this process and a client that does not know it, a connection that is lost in the
/// middle of a sentence, and an answer from which nothing is missing.
/// </summary>
internal static class DemoCommand
{
    // A word at a time, as fast as one reads.
    private const double EventsPerSecond = 16;

    // A model thinks for a moment; and the eye sees that the text stands still.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(700);

    public static Command Create(CliEnvironment surroundings)
    {
        var fast = new Option<bool>("--fast") { Description = "Without the pace of a real model; so it is under a pipe anyway." };
        var command = new Command("demo", "Shows a connection that is lost in the middle of an answer, and an answer that is whole. Needs no key and no network.") { fast };
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed.GetValue(fast), isCommand: true, parsed.InvocationConfiguration, surroundings, cancellationToken));
        return command;
    }

    /// <param name="isFast">Whether it is without a pace on a terminal too.</param>
    /// <param name="isCommand">Whether it was asked for by name; where not, a last line says what else there is.</param>
    /// <param name="streams">Where it is written to.</param>
    /// <param name="surroundings">The clock, and what is known of the terminal.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The exit code: 0 only if the text is exactly right.</returns>
    public static async Task<int> RunAsync(
        bool isFast, bool isCommand, InvocationConfiguration streams, CliEnvironment surroundings, CancellationToken cancellationToken)
    {
        bool isTerminal = surroundings.IsTerminal(streams.Output);
        var page = new TerminalWriter(streams.Output, surroundings.ShowsColours(streams.Output));
        try
        {
            bool isRight = await PlayAsync(page, isTerminal, isTerminal && !isFast, surroundings.Time, cancellationToken).ConfigureAwait(false);
            if (!isCommand) page.Line("llmstream --help says what else there is.", Ink.Faint);
            return isRight ? 0 : CommandLineApp.Failed;
        }
        catch (Exception exception) when (exception is ChatStreamException or IOException)
        {
            page.EndLine();
            page.Flush();
            string complaint = exception is ChatStreamException failure ? AnswerWords.Failure(failure) : exception.Message;
            await streams.Error.WriteLineAsync(TerminalText.Line($"llmstream demo: {complaint}")).ConfigureAwait(false);
            return CommandLineApp.Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            page.EndLine();
            throw;
        }
    }

    private static async Task<bool> PlayAsync(TerminalWriter page, bool isTerminal, bool hasPace, TimeProvider time, CancellationToken cancellationToken)
    {
        Script answer = Script.Answer(DemoText.Answer);
        if (hasPace) answer = answer.AtRate(EventsPerSecond).After(Pause);
        ScriptedLlmServer server = await ScriptedLlmServer
            .StartAsync(answer.ResetAtEvent(DemoText.EventsBeforeReset).ThenWithoutFaults(), new() { TimeProvider = time }, cancellationToken).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            LlmProvider provider = server.Provider with { Continuation = ChatContinuation.Prefill };
            using var client = new LlmStreamClient(new LlmStreamOptions { Provider = provider, TimeProvider = time });
            page.Line($"A server in this process answers at {server.BaseAddress}. Halfway through, its connection will be reset.", Ink.Faint);
            page.Line();
            page.Line($"> {DemoText.Question}", Ink.Strong);
            page.Line();
            page.Flush();

            var writer = new AnswerWriter(page, pipe: null, hasSeamInLine: isTerminal);
            var timing = new AnswerTiming(time);
            var collector = new AnswerCollector();
            ChatSeam? seam = null;
            await foreach (ChatDelta delta in client.StreamAsync(DemoText.Question, cancellationToken: cancellationToken).ConfigureAwait(false))
            {
                timing.Add(delta);
                collector.Add(delta);
                if (delta.Seam is not null) (seam, writer.TextInk) = (delta.Seam, Ink.Good);
                writer.Write(delta);
            }

            writer.End();
            page.Line();
            return Report(page, collector.ToResult(isComplete: true), timing, seam);
        }
    }

    /// <summary>The table at the end.</summary>
    /// <returns>Whether the text is exactly that of the script.</returns>
    private static bool Report(TerminalWriter page, ChatStreamResult result, AnswerTiming timing, ChatSeam? seam)
    {
        bool isRight = string.Equals(result.Text, DemoText.Answer, StringComparison.Ordinal);
        page.Heading("the end");
        page.Field("ended", AnswerWords.Complete(result), Ink.Good);
        page.Field("attempts", result.Attempts.Count == 0 ? "?" : $"{result.Attempts[^1].Number}");
        page.Field("seam", seam is null ? "none" : $"after {seam.TextOffset} characters ({Place(result.Text, seam.TextOffset)}): {seam.Reason}", Ink.Unusual);
        page.Field("tokens", AnswerWords.Tokens(result) + (result.Attempts.Any(attempt => attempt.Usage is null) ? " (attempt 1 was lost before it was counted)" : ""));
        page.Field("first", timing.ToFirst is { } first ? $"token after {AnswerWords.Seconds(first)}" : "none");
        page.Field("speed", timing.TokensPerSecond(result.Attempts) is { } rate ? $"{AnswerWords.Rate(rate)} tokens/s" : "unknown");
        page.Field(
            "check",
            isRight ? $"the text received equals the scripted text: all {DemoText.Answer.Length} characters" : "the text received is NOT the scripted text",
            isRight ? Ink.Good : Ink.Bad);
        page.Line();
        page.Flush();
        return isRight;
    }

    private static string Place(string text, int offset)
    {
        const int Shown = 12;
        if (offset > text.Length) return "?";
        return $"“…{text[Math.Max(0, offset - Shown)..offset]}|{text[offset..Math.Min(text.Length, offset + Shown)]}…”".ReplaceLineEndings(" ");
    }
}
