using System.CommandLine;
using LlmStream.Cli.Answers;
using LlmStream.Testing;

namespace LlmStream.Cli.Demo;

/// <summary>
/// <c>llmstream demo</c>: a scripted server in this process resets the connection in the middle of an answer, and an ordinary client
/// still receives all of it.
/// </summary>
internal static class DemoCommand
{
    // About the pace of a model: a token is a word.
    private const double EventsPerSecond = 16;

    // The delay before each response makes the interruption visible.
    private static readonly TimeSpan ResponseDelay = TimeSpan.FromMilliseconds(700);

    public static Command Create(CliEnvironment environment)
    {
        var fast = new Option<bool>("--fast") { Description = "Run at full speed, as when piped, rather than at the pace of a model." };
        var command = new Command("demo", "Shows how an interrupted answer is resumed. Needs no API key and no network.") { fast };
        command.SetAction((result, cancellationToken) =>
            RunAsync(result.GetValue(fast), isDefault: false, result.InvocationConfiguration, environment, cancellationToken));
        return command;
    }

    /// <param name="isFast">Whether it runs at full speed on a terminal too.</param>
    /// <param name="isDefault">Whether the tool was run without a command; then a last line points to the help.</param>
    /// <param name="console">The output streams.</param>
    /// <param name="environment">The clock, and the capabilities of the terminal.</param>
    /// <param name="cancellationToken">Cancels the demo.</param>
    /// <returns><see cref="ExitCodes.Success"/> only if the received text is the scripted text.</returns>
    public static async Task<int> RunAsync(
        bool isFast, bool isDefault, InvocationConfiguration console, CliEnvironment environment, CancellationToken cancellationToken)
    {
        bool isTerminal = environment.IsTerminal(console.Output);
        var display = environment.CreateDisplay(console.Output);
        try
        {
            bool isPaced = isTerminal && !isFast;
            bool isCorrect = await PlayAsync(display, isTerminal, isPaced, environment.Time, cancellationToken).ConfigureAwait(false);
            if (isDefault) display.WriteLine("Run 'llmstream --help' to see the other commands.", TextStyle.Dim);
            return isCorrect ? ExitCodes.Success : ExitCodes.Failure;
        }
        catch (Exception exception) when (exception is ChatStreamException or IOException)
        {
            display.EndLine();
            display.Flush();
            string message = exception is ChatStreamException failure ? AnswerSummary.FormatFailure(failure) : exception.Message;
            await console.Error.WriteLineAsync(TerminalText.EscapeLine($"llmstream demo: {message}")).ConfigureAwait(false);
            return ExitCodes.Failure;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (environment.OutputClosed.IsCancellationRequested) throw;
            display.EndLine();
            throw;
        }
    }

    private static async Task<bool> PlayAsync(
        TerminalWriter display, bool isTerminal, bool isPaced, TimeProvider time, CancellationToken cancellationToken)
    {
        Script answer = Script.Answer(DemoText.Answer);
        if (isPaced) answer = answer.WithRate(EventsPerSecond).WithDelay(ResponseDelay);
        Script script = answer.ResetAtEvent(DemoText.EventsBeforeReset).ThenWithoutFaults();
        var options = new ScriptedLlmServerOptions { TimeProvider = time };
        ScriptedLlmServer server = await ScriptedLlmServer.StartAsync(script, options, cancellationToken).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            LlmProvider provider = server.Provider with { Continuation = ChatContinuation.Prefill };
            using var client = new LlmStreamClient(new LlmStreamOptions { Provider = provider, TimeProvider = time });
            display.WriteLine($"The test server at {server.BaseAddress} will reset the connection halfway through.", TextStyle.Dim);
            display.WriteLine();
            display.WriteLine($"> {DemoText.Question}", TextStyle.Bold);
            display.WriteLine();
            display.Flush();

            var writer = new AnswerWriter(display, pipe: null, showSeamsInline: isTerminal);
            var timing = new AnswerTiming(time);
            var received = new List<ChatDelta>();
            ChatSeam? seam = null;
            IAsyncEnumerable<ChatDelta> deltas = client.StreamAsync(DemoText.Question, cancellationToken: cancellationToken);
            await foreach (ChatDelta delta in deltas.ConfigureAwait(false))
            {
                timing.Add(delta);
                received.Add(delta);
                if (delta.Seam is not null) (seam, writer.TextStyle) = (delta.Seam, TextStyle.Success);
                writer.Write(delta);
            }

            writer.EndLine();
            display.WriteLine();
            ChatStreamResult result = await received.ToAsyncEnumerable().CollectAsync(cancellationToken).ConfigureAwait(false);
            return WriteReport(display, result, timing, seam);
        }
    }

    /// <returns>Whether the received text is the scripted text.</returns>
    private static bool WriteReport(TerminalWriter display, ChatStreamResult result, AnswerTiming timing, ChatSeam? seam)
    {
        bool isCorrect = string.Equals(result.Text, DemoText.Answer, StringComparison.Ordinal);
        bool isEstimated = result.OutputTokens.Source == ChatTokenSource.Estimated;
        string estimated = isEstimated ? " (~ estimated: attempt 1 ended before its usage was reported)" : "";
        display.WriteHeading("result");
        display.WriteField("ended", AnswerSummary.FormatCompletion(result), TextStyle.Success);
        display.WriteField("attempts", result.Attempts.Count == 0 ? "?" : $"{result.Attempts[^1].Number}");
        display.WriteField("seam", seam is null ? "none" : FormatSeam(seam, result.Text), TextStyle.Warning);
        display.WriteField("usage", AnswerSummary.FormatUsage(result) + estimated);
        display.WriteField(
            "latency",
            timing.TimeToFirstDelta is { } first ? $"first token after {AnswerSummary.FormatSeconds(first)}" : "no tokens received");
        display.WriteField("rate", timing.GetTokensPerSecond(result.Attempts) is { } rate ? AnswerSummary.FormatRate(rate) : "unknown");
        display.WriteField(
            "check",
            isCorrect
                ? $"the received text equals the scripted text: all {DemoText.Answer.Length} characters"
                : "the received text is NOT the scripted text",
            isCorrect ? TextStyle.Success : TextStyle.Error);
        display.WriteLine();
        display.Flush();
        return isCorrect;
    }

    private static string FormatSeam(ChatSeam seam, string text)
    {
        const int ContextLength = 12;
        int offset = seam.TextOffset;
        string context = offset > text.Length
            ? "?"
            : $"“…{text[Math.Max(0, offset - ContextLength)..offset]}|{text[offset..Math.Min(text.Length, offset + ContextLength)]}…”";
        return $"after {offset} characters ({context.ReplaceLineEndings(" ")}): {seam.Reason}";
    }
}
