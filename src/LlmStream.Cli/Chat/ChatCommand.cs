using System.CommandLine;

namespace LlmStream.Cli.Chat;

/// <summary><c>llmstream chat</c>: asks a provider, and shows the answer as it comes.</summary>
internal static class ChatCommand
{
    private const string StandardInput = "-";

    private const string Notes = """
        Examples:
          llmstream chat "Why is the sky blue?" --provider deepseek
          llmstream chat "Why is the sky blue?" --base-url http://localhost:8000/v1 --model my-model
          git diff | llmstream chat - --provider qwen --system "Write a commit message."

        Under a pipe standard output carries the text of the answer and nothing else; all the rest goes to standard error.

        Exit codes:
          0    the answer is complete
          1    it is not; what came of it is printed
          2    the arguments are wrong
          130  stopped by Ctrl+C; what came is printed
        """;

    public static Command Create(CliEnvironment surroundings)
    {
        var prompt = new Argument<string?>("PROMPT")
        {
            Description = "What to ask. \"-\", or nothing under a pipe, reads it from standard input.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var provider = new Option<string>("--provider") { Description = "Whom to ask: " + string.Join(", ", LlmProvider.All.Select(p => p.Name)) + ", azure.", HelpName = "NAME" };
        provider.CompletionSources.Add([.. LlmProvider.All.Select(p => p.Name), "azure"]);
        var model = new Option<string>("--model") { Description = "Which model to ask. Default: the provider's.", HelpName = "MODEL" };
        var baseUrl = new Option<string>("--base-url") { Description = "Where to ask. Without --provider: whatever speaks OpenAI's Chat Completions there.", HelpName = "URL" };
        var key = new Option<string>("--key-env") { Description = "The environment variable that holds the key. A server on this machine needs none.", HelpName = "NAME" };
        var system = new Option<string>("--system") { Description = "What the model is told before the question.", HelpName = "TEXT" };
        var noResume = new Option<bool>("--no-resume") { Description = "Do not go on with an answer that breaks off." };

        var command = new CommandWithExamples("chat", "Asks a provider, and shows the answer as it comes.", Notes) { prompt, provider, model, baseUrl, key, system, noResume };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            TextWriter error = parsed.InvocationConfiguration.Error;
            try
            {
                string question = await PromptAsync(parsed.GetValue(prompt), surroundings, cancellationToken).ConfigureAwait(false);
                var arguments = ChatArguments.Read(
                    question, parsed.GetValue(system), parsed.GetValue(provider), parsed.GetValue(baseUrl), parsed.GetValue(model), parsed.GetValue(key), !parsed.GetValue(noResume), surroundings);
                using LlmStreamClient client = Client(arguments);
                return await ChatRun.RunAsync(client, arguments, parsed.InvocationConfiguration.Output, error, surroundings, cancellationToken).ConfigureAwait(false);
            }
            catch (FormatException wrong)
            {
                await error.WriteLineAsync(TerminalText.Line($"llmstream chat: {wrong.Message}. See 'llmstream chat --help'.")).ConfigureAwait(false);
                return CommandLineApp.WrongUse;
            }
        });
        return command;
    }

    private static async Task<string> PromptAsync(string? given, CliEnvironment surroundings, CancellationToken cancellationToken)
    {
        if (given is not (null or StandardInput)) return given;
        if (given is null && !surroundings.IsInputRedirected()) throw new FormatException("there is no prompt");
        TextReader input = surroundings.OpenInput(); // it lasts as long as the process
        // A console's reading blocks, and cannot be cancelled: Ctrl+C leaves it behind.
        string text = await Task.Run(input.ReadToEnd, CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
        return text.TrimEnd('\r', '\n');
    }

    private static LlmStreamClient Client(ChatArguments arguments)
    {
        try
        {
            return new LlmStreamClient(arguments.Options);
        }
        catch (ArgumentException exception)
        {
            // The key is no key. The name of the parameter is of no use here.
            throw new FormatException(exception.Message.Split(" (Parameter", 2)[0].TrimEnd('.'), exception);
        }
    }
}
