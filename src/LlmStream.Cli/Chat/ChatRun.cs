using LlmStream.Cli.Inspect;
using LlmStream.Operators;
using LlmStream.Transport;

namespace LlmStream.Cli.Chat;

/// <summary>Asks, shows the answer as it comes, and says how it ended.</summary>
internal static class ChatRun
{
    public static async Task<int> RunAsync(
        LlmStreamClient client, ChatArguments arguments, TextWriter output, TextWriter error, CliEnvironment surroundings, CancellationToken cancellationToken)
    {
        bool isTerminal = surroundings.IsTerminal(output);
        var page = isTerminal ? new TerminalWriter(output, surroundings.ShowsColours(output)) : new TerminalWriter(error, hasColours: false);
        var writer = new AnswerWriter(page, isTerminal ? null : output, hasSeamInLine: isTerminal);
        var timing = new AnswerTiming(surroundings.Time);
        var collector = new AnswerCollector();
        try
        {
            await foreach (ChatDelta delta in client.StreamAsync(arguments.Messages, cancellationToken: cancellationToken).ConfigureAwait(false))
            {
                timing.Add(delta);
                collector.Add(delta);
                writer.Write(delta);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            ChatStreamResult stopped = collector.ToResult(isComplete: false);
            Conclude(stopped, $"stopped after {Words.Count(stopped.Text.Length, "character")}");
            return CommandLineApp.Interrupted;
        }
        catch (ChatStreamException failure)
        {
            if (timing.ToFirst is not null) Conclude(failure.Partial, $"broken off after {Words.Count(failure.Partial.Text.Length, "character")}");
            string hint = failure.Error == ChatStreamError.Unauthorized && arguments.Options.ApiKey is null
                ? " No key was sent: --key-env names the variable that holds it." : "";
            await ComplainAsync(AnswerWords.Failure(failure) + hint).ConfigureAwait(false);
            return CommandLineApp.Failed;
        }

        catch (IOException full)
        {
            // Of the library's exceptions none is one of these: it is the output that takes no more.
            await ComplainAsync($"the answer cannot be written: {full.Message}").ConfigureAwait(false);
            return CommandLineApp.Failed;
        }

        ChatStreamResult answer = collector.ToResult(isComplete: true);
        Conclude(answer, AnswerWords.Complete(answer));
        if (!writer.IsPipeWrong) return 0;
        await ComplainAsync("the provider took back text that had already gone to standard output; it is not the answer").ConfigureAwait(false);
        return CommandLineApp.Failed;

        void Conclude(ChatStreamResult result, string end)
        {
            writer.End();
            page.Line(AnswerWords.Summary(result, timing, end), Ink.Faint);
            page.Flush();
        }

        Task ComplainAsync(string complaint) => error.WriteLineAsync(TerminalText.Line($"llmstream chat: {complaint}"));
    }
}
