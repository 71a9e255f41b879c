using System.CommandLine;

namespace LlmStream.Cli.Chat;

/// <summary><c>llmstream chat</c>: sends a prompt to a provider, and shows the answer as it arrives.</summary>
internal static class ChatCommand
{
    private const string StandardInput = "-";

    private const string HelpFooter = """
        Examples:
          llmstream chat "Why is the sky blue?" --provider deepseek
          llmstream chat "Why is the sky blue?" --base-url http://localhost:8000/v1 --model my-model
          llmstream chat "Why is the sky blue?" --provider openai --fallback anthropic --fallback deepseek:deepseek-chat
          git diff | llmstream chat - --provider qwen --system "Write a commit message."

        When piped, standard output contains only the text of the answer; everything else is written to standard error.

        Exit codes:
          0    the answer is complete
          1    the answer is not complete; the text received so far is printed
          2    the arguments are invalid
          130  interrupted by Ctrl+C; the text received so far is printed
        """;

    public static Command Create(CliEnvironment environment)
    {
        var prompt = new Argument<string?>("PROMPT")
        {
            Description = "The prompt. \"-\", or no prompt if input is piped, reads it from standard input.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var (provider, model, baseUrl, keyVariable) = ProviderOptions.Create();
        var system = new Option<string>("--system") { Description = "The system prompt.", HelpName = "TEXT" };
        var fallback = new Option<string[]>("--fallback")
        {
            Description = "A provider that takes over if the one before it fails, also in the middle of the answer: NAME, NAME:MODEL, URL "
                + "or URL#MODEL. May be repeated. Its key is read from its own environment variable; a URL gets none, and the model of "
                + "--model if it names no model.",
            HelpName = "PROVIDER",
            Arity = ArgumentArity.OneOrMore,
        };
        var noResume = new Option<bool>("--no-resume") { Description = "Do not resume an interrupted answer." };

        var command = new CommandWithExamples("chat", "Sends a prompt to a provider and shows the answer as it arrives.", HelpFooter)
        {
            prompt, provider, model, baseUrl, keyVariable, system, fallback, noResume,
        };
        command.SetAction(async (result, cancellationToken) =>
        {
            string text = await ReadPromptAsync(result.GetValue(prompt), environment, cancellationToken).ConfigureAwait(false);
            var arguments = ChatArguments.Parse(
                text,
                result.GetValue(system),
                result.GetValue(provider),
                result.GetValue(baseUrl),
                result.GetValue(model),
                result.GetValue(keyVariable),
                result.GetValue(fallback) ?? [],
                resume: !result.GetValue(noResume),
                environment);
            using LlmStreamClient client = ChatArguments.CreateClient(arguments.Options);
            return await ChatRun.RunAsync(client, arguments, result.InvocationConfiguration, environment, cancellationToken)
                .ConfigureAwait(false);
        });
        return command;
    }

    private static async Task<string> ReadPromptAsync(string? prompt, CliEnvironment environment, CancellationToken cancellationToken)
    {
        if (prompt is not (null or StandardInput)) return prompt;
        if (prompt is null && !environment.IsInputRedirected()) throw new UsageException("no prompt given");
        TextReader input = environment.OpenInput(); // not disposed of: it belongs to the process

        // Reading a console blocks and cannot be canceled, so on Ctrl+C the read is abandoned.
        string text = await Task.Run(input.ReadToEnd, CancellationToken.None).WaitAsync(cancellationToken).ConfigureAwait(false);
        return text.TrimEnd('\r', '\n');
    }
}
