using System.CommandLine;
using LlmStream.Cli.Answers;

namespace LlmStream.Cli.Chat;

/// <summary>Sends the request, writes the answer as it arrives, and reports the outcome.</summary>
internal static class ChatRun
{
    public static async Task<int> RunAsync(
        LlmStreamClient client,
        ChatArguments arguments,
        InvocationConfiguration console,
        CliEnvironment environment,
        CancellationToken cancellationToken)
    {
        TextWriter output = console.Output;
        bool isTerminal = environment.IsTerminal(output);
        TerminalWriter display = isTerminal
            ? environment.CreateDisplay(output)
            : new TerminalWriter(console.Error, useColor: false);
        var writer = new AnswerWriter(display, isTerminal ? null : output, showSeamsInline: isTerminal);
        var timing = new AnswerTiming(environment.Time);
        var received = new List<ChatDelta>();
        try
        {
            IAsyncEnumerable<ChatDelta> deltas = client.StreamAsync(arguments.Messages, cancellationToken: cancellationToken);
            await foreach (ChatDelta delta in deltas.ConfigureAwait(false))
            {
                timing.Add(delta);
                received.Add(delta);
                writer.Write(delta);
            }
        }
        catch (OperationCanceledException) when (environment.OutputClosed.IsCancellationRequested)
        {
            throw; // nobody reads a summary
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            ChatStreamResult partial = await CollectAsync().ConfigureAwait(false);
            WriteSummary(partial, $"interrupted after {DisplayText.Count(partial.Text.Length, "character")}");
            return ExitCodes.Interrupted;
        }
        catch (ChatStreamException failure)
        {
            if (timing.TimeToFirstDelta is not null)
                WriteSummary(failure.Partial, $"failed after {DisplayText.Count(failure.Partial.Text.Length, "character")}");
            bool lacksKey = failure.Error == ChatStreamError.Unauthorized && arguments.Options.ApiKey is null;
            string hint = lacksKey ? " No API key was sent; use --key-env to name the variable that holds it." : "";
            return await FailAsync(AnswerSummary.FormatFailure(failure) + hint).ConfigureAwait(false);
        }
        catch (ArgumentException exception)
        {
            throw UsageException.Create(exception); // such as a model name that cannot be part of an address
        }
        catch (IOException exception)
        {
            // The client throws nothing but ChatStreamException, so this comes from the output, such as a full disk.
            return await FailAsync($"cannot write the answer: {exception.Message}").ConfigureAwait(false);
        }

        ChatStreamResult answer = await CollectAsync().ConfigureAwait(false);
        WriteSummary(answer, AnswerSummary.FormatCompletion(answer));
        if (!writer.IsPipeWrong) return ExitCodes.Success;
        const string Withdrawn = "the provider withdrew text that is already on standard output; the output is not the answer";
        return await FailAsync(Withdrawn).ConfigureAwait(false);

        Task<ChatStreamResult> CollectAsync() => received.ToAsyncEnumerable().CollectAsync(CancellationToken.None);

        void WriteSummary(ChatStreamResult result, string outcome)
        {
            writer.EndLine();
            display.WriteLine(AnswerSummary.Format(result, timing, outcome), TextStyle.Dim);
            display.Flush();
        }

        async Task<int> FailAsync(string message)
        {
            await console.Error.WriteLineAsync(TerminalText.EscapeLine($"llmstream chat: {message}")).ConfigureAwait(false);
            return ExitCodes.Failure;
        }
    }
}
